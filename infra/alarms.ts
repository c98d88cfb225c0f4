import {
  deadLetters,
  eventsSent,
  failedPasses,
  lostEvents,
  notificationProblems,
  type Metric,
  ofApi,
  ofIngest,
  oldestEvent,
  outcome,
} from "./metrics.ts";
import { named, settings } from "./stage.ts";

/** The SNS topic of all alarms of the stage. */
export const alarms = new aws.sns.Topic("Alarms", { name: named("alarms") });

if (settings.alarmEmail) {
  new aws.sns.TopicSubscription("AlarmEmail", {
    topic: alarms.arn,
    protocol: "email",
    endpoint: settings.alarmEmail,
  });
}

interface Condition {
  /** The text in the notification; docs/runbook.md has a section for each alarm. */
  description: string;
  metric: Metric;
  above: number;
  /** Minutes of one period. */
  minutes: number;
  /** Periods without a breach after which the alarm ends. Default: 1. */
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
    // Without activity there are no data points; that is the normal state.
    treatMissingData: "notBreaching",
    alarmActions: [alarms.arn],
    okActions: [alarms.arn],
  });
}

alarm("DeadLettersAlarm", "dead-letters", {
  description: "Events could not be processed and are in the dead-letter queue.",
  metric: deadLetters,
  above: 0,
  minutes: 1,
  // `waybill dead` hides the messages for up to a minute while it reads them; the alarm must not end then.
  endsAfter: 5,
});

alarm("OldestEventAlarm", "oldest-event", {
  description:
    "An event has waited for more than five minutes: the catalog lags behind the bucket.",
  metric: oldestEvent,
  above: 300,
  minutes: 1,
});

alarm("FunctionErrorsAlarm", "function-errors", {
  description: "The ingest function failed or timed out.",
  metric: ofIngest("Errors"),
  above: 0,
  minutes: 5,
});

alarm("FunctionThrottlesAlarm", "function-throttles", {
  description: "Lambda throttled the ingest function: the account has no free concurrency.",
  metric: ofIngest("Throttles"),
  above: 0,
  minutes: 5,
});

alarm("ApiErrorsAlarm", "api-errors", {
  description: "The API function failed or timed out.",
  metric: ofApi("Errors"),
  above: 0,
  minutes: 5,
});

alarm("LostEventsAlarm", "lost-events", {
  description: "A comparison with the bucket found changes whose events never arrived.",
  metric: lostEvents,
  above: 0,
  minutes: 5,
});

alarm("NotificationAlarm", "notification", {
  description: "The bucket does not send all its events, or a pass could not check it.",
  metric: notificationProblems,
  above: 0,
  minutes: 5,
});

alarm("ReconcileFailedAlarm", "reconcile-failed", {
  description: "A comparison of the bucket with the catalog failed.",
  metric: failedPasses,
  above: 0,
  minutes: 5,
});

/** Single objects that are gone before they are read are normal; a large share means a missing permission or key. */
const UNREADABLE_PERCENT = 5;

/** Below this number of objects, a share is not significant. */
const UNREADABLE_MIN_OBJECTS = 20;

new aws.cloudwatch.MetricAlarm("UnreadableAlarm", {
  name: named("unreadable"),
  alarmDescription: `More than ${UNREADABLE_PERCENT} % of the objects could not be read. See docs/runbook.md#unreadable`,
  metricQueries: [
    // The function always writes both metrics. `FILL` would replace a missing one, but can keep an alarm in its state.
    ...(["indexed", "unreadable"] as const).map((id) => {
      const { namespace, name, dimensions, statistic } = outcome(id);
      return {
        id,
        metric: { namespace, metricName: name, dimensions, stat: statistic, period: 300 },
      };
    }),
    {
      id: "share",
      label: "Share of unreadable objects, in percent",
      expression: `IF(indexed + unreadable >= ${UNREADABLE_MIN_OBJECTS}, 100 * unreadable / (indexed + unreadable), 0)`,
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
    alarmDescription: `No event for ${settings.expectEventsWithinHours} hours, although this stage expects events. See docs/runbook.md#silence`,
    namespace: eventsSent.namespace,
    metricName: eventsSent.name,
    dimensions: eventsSent.dimensions,
    statistic: eventsSent.statistic,
    period: 3600,
    evaluationPeriods: settings.expectEventsWithinHours,
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
    // CloudWatch has no data points for a queue that receives no messages.
    treatMissingData: "breaching",
    alarmActions: [alarms.arn],
    okActions: [alarms.arn],
  });
}
