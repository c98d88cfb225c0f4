import { events } from "./events.ts";
import {
  deadLetters,
  eventsSent,
  lag,
  type Metric,
  ofApi,
  ofIngest,
  oldestEvent,
  outcome,
} from "./metrics.ts";
import { named } from "./stage.ts";

interface Panel {
  title: string;
  unit: string;
  metrics: Metric[];
}

const PANELS: Panel[] = [
  { title: "Events", unit: "events a minute", metrics: [eventsSent] },
  { title: "Lag from event to record", unit: "milliseconds", metrics: [lag("p50"), lag("p99")] },
  {
    title: "Outcomes",
    unit: "events a minute",
    metrics: [outcome("Indexed"), outcome("Removed"), outcome("Refreshed"), outcome("Stale")],
  },
  {
    title: "Trouble",
    unit: "events a minute",
    metrics: [outcome("Unreadable"), outcome("Failed"), ofIngest("Errors"), ofIngest("Throttles")],
  },
  { title: "Oldest event", unit: "seconds", metrics: [oldestEvent] },
  { title: "Dead letters", unit: "messages", metrics: [deadLetters] },
  {
    title: "API",
    unit: "requests a minute",
    metrics: [ofApi("Invocations"), ofApi("Errors"), ofApi("Throttles")],
  },
];

const WIDTH = 12;
const HEIGHT = 6;

// The provider's own look-up of its region is called otherwise in its next version; an ARN stays what it is.
const region = events.arn.apply((arn) => arn.split(":")[3]);

const widgets = PANELS.map(({ title, unit, metrics }, index) => ({
  type: "metric",
  x: (index % 2) * WIDTH,
  y: Math.floor(index / 2) * HEIGHT,
  width: WIDTH,
  height: HEIGHT,
  properties: {
    title,
    region,
    view: "timeSeries",
    period: 60,
    yAxis: { left: { label: unit, min: 0, showUnits: false } },
    metrics: metrics.map(({ namespace, name, dimensions, statistic }) => [
      namespace,
      name,
      ...Object.entries(dimensions).flat(),
      { stat: statistic, label: statistic.startsWith("p") ? `${name} ${statistic}` : name },
    ]),
  },
}));

/** Events, lag, outcomes, trouble, age and dead letters of the stage, and the API, at one look. */
export const dashboard = new aws.cloudwatch.Dashboard("Dashboard", {
  dashboardName: named("catalogue"),
  dashboardBody: $jsonStringify({ widgets }),
});
