import {
  deadLetters,
  eventsSent,
  type Metric,
  ofApi,
  ofIngest,
  oldestEvent,
  outcome,
} from "./metrics.ts";
import { named, settings } from "./stage.ts";

/** Where every alarm of the stage goes. */
export const alarms = new aws.sns.Topic("Alarms", { name: named("alarms") });

if (settings.alarmEmail) {
  new aws.sns.TopicSubscription("AlarmEmail", {
    topic: alarms.arn,
    protocol: "email",
    endpoint: settings.alarmEmail,
  });
}

interface Condition {
  /** What the one who is woken reads; docs/runbook.md has a section for each. */
  description: string;
  metric: Metric;
  above: number;
  /** Of how many minutes one value is made. */
  minutes: number;
  /** How many such values must be good again before it ends; one, if nothing is said. */
  endsAfter?: number;
}

function alarm(name: string, purpose: string, condition: Condition) {
  const { description, metric, above, minutes, endsAfter = 1 } = condition;
  return new aws.cloudwatch.MetricAlarm(name, {
    name: named(purpose),
    alarmDescription: `${description} See docs/runbook.md#${purpose}`,
    namespace: metric.namespace,
    metricName: metric.name,
    dimensions: metric.dimensions,
    statistic: metric.statistic,
    period: minutes * 60,
    evaluationPeriods: endsAfter,
    datapointsToAlarm: 1,
    comparisonOperator: "GreaterThanThreshold",
    threshold: above,
    // Where nothing happens, nothing is wrong.
    treatMissingData: "notBreaching",
    alarmActions: [alarms.arn],
    okActions: [alarms.arn],
  });
}

alarm("DeadLettersAlarm", "dead-letters", {
  description: "Events could not be processed and stand in the dead-letter queue.",
  metric: deadLetters,
  above: 0,
  minutes: 1,
  // `waybill dead` hides them for up to a minute while it reads them: that is no all-clear.
  endsAfter: 5,
});

alarm("OldestEventAlarm", "oldest-event", {
  description: "An event has waited more than five minutes: the catalogue is behind the bucket.",
  metric: oldestEvent,
  above: 300,
  minutes: 1,
});

alarm("FunctionErrorsAlarm", "function-errors", {
  description: "The ingest function crashed or ran out of time.",
  metric: ofIngest("Errors"),
  above: 0,
  minutes: 5,
});

alarm("FunctionThrottlesAlarm", "function-throttles", {
  description: "Lambda refused to run the ingest function, for want of concurrency in the account.",
  metric: ofIngest("Throttles"),
  above: 0,
  minutes: 5,
});

alarm("ApiErrorsAlarm", "api-errors", {
  description: "The API function crashed or ran out of time.",
  metric: ofApi("Errors"),
  above: 0,
  minutes: 5,
});

/** Single objects that are gone before they are read are ordinary; a share of them is a lost permission or key. */
const UNREADABLE_PERCENT = 5;
const UNREADABLE_LEAST = 20;

new aws.cloudwatch.MetricAlarm("UnreadableAlarm", {
  name: named("unreadable"),
  alarmDescription: `More than ${UNREADABLE_PERCENT} % of the objects could not be read. See docs/runbook.md#unreadable`,
  metricQueries: [
    // The function always writes both. `FILL` would make up for one that is missing, but may hold an alarm in its state.
    ...(["Indexed", "Unreadable"] as const).map((name) => {
      const { namespace, dimensions, statistic } = outcome(name);
      return {
        id: name.toLowerCase(),
        metric: { namespace, metricName: name, dimensions, stat: statistic, period: 300 },
      };
    }),
    {
      id: "share",
      label: "Share of unreadable objects, in percent",
      expression: `IF(indexed + unreadable >= ${UNREADABLE_LEAST}, 100 * unreadable / (indexed + unreadable), 0)`,
      returnData: true,
    },
  ],
  evaluationPeriods: 1,
  comparisonOperator: "GreaterThanThreshold",
  threshold: UNREADABLE_PERCENT,
  treatMissingData: "notBreaching",
  alarmActions: [alarms.arn],
  okActions: [alarms.arn],
});

if (settings.expectEventsWithinHours) {
  new aws.cloudwatch.MetricAlarm("SilenceAlarm", {
    name: named("silence"),
    alarmDescription: `No event for ${settings.expectEventsWithinHours} hours, where they are usual. See docs/runbook.md#silence`,
    namespace: eventsSent.namespace,
    metricName: eventsSent.name,
    dimensions: eventsSent.dimensions,
    statistic: eventsSent.statistic,
    period: 3600,
    evaluationPeriods: settings.expectEventsWithinHours,
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
    // A queue that nobody sends to has no value at all.
    treatMissingData: "breaching",
    alarmActions: [alarms.arn],
    okActions: [alarms.arn],
  });
}
