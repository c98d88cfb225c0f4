import { events } from "./events.ts";
import {
  deadLetters,
  eventsSent,
  lag,
  lostEvents,
  notificationProblems,
  type Metric,
  ofApi,
  ofIngest,
  ofPass,
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
  { title: "Events", unit: "events per minute", metrics: [eventsSent] },
  { title: "Lag from event to record", unit: "milliseconds", metrics: [lag("p50"), lag("p99")] },
  {
    title: "Outcomes",
    unit: "events per minute",
    metrics: [outcome("indexed"), outcome("removed"), outcome("refreshed"), outcome("stale")],
  },
  {
    title: "Trouble",
    unit: "events per minute",
    metrics: [outcome("unreadable"), outcome("failed"), ofIngest("Errors"), ofIngest("Throttles")],
  },
  { title: "Oldest event", unit: "seconds", metrics: [oldestEvent] },
  { title: "Dead letters", unit: "messages", metrics: [deadLetters] },
  {
    title: "Comparisons with the bucket",
    unit: "objects",
    metrics: [
      ofPass("missing"),
      ofPass("ghost"),
      ofPass("different"),
      ofPass("repaired"),
      lostEvents,
      notificationProblems,
    ],
  },
  {
    title: "API",
    unit: "requests per minute",
    metrics: [ofApi("Invocations"), ofApi("Errors"), ofApi("Throttles")],
  },
];

const WIDTH = 12;
const HEIGHT = 6;

// The provider renames its region data source in the next major version; the ARN format is stable.
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

/** The dashboard of the stage: events, lag, outcomes, trouble, queue age, dead letters, comparisons and the API. */
export const dashboard = new aws.cloudwatch.Dashboard("Dashboard", {
  dashboardName: named("catalog"),
  dashboardBody: $jsonStringify({ widgets }),
});
