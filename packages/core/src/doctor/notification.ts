import {
  GetBucketNotificationConfigurationCommand,
  type QueueConfiguration,
} from "@aws-sdk/client-s3";

import { call } from "../aws/call.ts";
import { s3 } from "../aws/s3.ts";
import { NOTIFIED, NOTIFIED_WITH_TAGS } from "../subscribed-events.ts";
import { eventSource, filesBucket, recordsTags } from "../resource.ts";
import { type CheckResult, ok, problem } from "./check.ts";
import { checkRules, type QueueRule } from "./rules.ts";

/**
 * Whether the bucket sends its events. `queueArn` is that of the queue of events. Throws a
 * `ServiceError` (`doctor.no_notification`).
 */
export async function checkNotification(queueArn: string): Promise<CheckResult> {
  const Bucket = filesBucket();
  const current = await call(
    s3.send(new GetBucketNotificationConfigurationCommand({ Bucket })),
    "doctor.no_notification",
    "Could not read the notifications of the bucket.",
  );
  if (eventSource().kind === "eventbridge") {
    if (current.EventBridgeConfiguration) return ok("EventBridge is on for the bucket.");
    return problem(
      "EventBridge is off for the bucket: no event arrives.",
      `Switch it on, which keeps its other notifications: add "EventBridgeConfiguration": {} to what \`aws s3api get-bucket-notification-configuration --bucket ${Bucket}\` prints, and put that back.`,
    );
  }
  const rules = (current.QueueConfigurations ?? []).map(ruleOf);
  const wanted = recordsTags() ? NOTIFIED_WITH_TAGS : NOTIFIED;
  return checkRules(rules, queueArn, wanted);
}

function ruleOf({ QueueArn = "", Events = [], Filter }: QueueConfiguration): QueueRule {
  const filters = (Filter?.Key?.FilterRules ?? []).map(
    ({ Name = "", Value = "" }) => `${Name.toLowerCase()} ${Value}`,
  );
  return { queueArn: QueueArn, events: Events, filters };
}
