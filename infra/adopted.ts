import { foreignReceivers } from "./foreign.ts";
import type { ExistingBucket } from "./stage.ts";

/** How to switch EventBridge on without losing the other notifications of a bucket. */
const switchOn = (name: string) =>
  `aws s3api get-bucket-notification-configuration --bucket ${name} | jq -n '(input? // {}) + {EventBridgeConfiguration: {}}' > notifications.json && aws s3api put-bucket-notification-configuration --bucket ${name} --notification-configuration file://notifications.json`;

const currentOf = (name: string) => aws.s3.BucketNotification.get("FilesCurrent", name);

/** Warns if EventBridge is off for an existing bucket: no event would arrive. */
export function checkEventBridge({ name }: ExistingBucket): void {
  currentOf(name).eventbridge.apply((isOn) => {
    if (isOn) return;
    console.warn(
      `EventBridge is off for the bucket ${name}: no event of it will arrive. Switch it on, which keeps its other notifications: ${switchOn(name)}`,
    );
  });
}

/**
 * The name of an existing bucket, after a look at its notifications. It throws if the stage would
 * replace notifications of somebody else, and the settings do not allow it.
 */
export function replaceable({ name, replaceNotifications }: ExistingBucket) {
  const { queues, topics, lambdaFunctions } = currentOf(name);
  return $util.all([queues, topics, lambdaFunctions]).apply(([toQueues, toTopics, toFunctions]) => {
    const foreign = foreignReceivers(
      { queues: toQueues, topics: toTopics, lambdaFunctions: toFunctions },
      `${$app.name}-${$app.stage}-EventsQueue-`,
    );
    if (foreign.length === 0) return name;
    const lost = `The bucket ${name} notifies ${foreign.join(", ")}. A bucket has one notification configuration, so this stage replaces these notifications, and their receivers get no more events.`;
    if (!replaceNotifications) {
      throw new Error(
        `${lost} Use \`events: "eventbridge"\` in infra/stage.ts, which changes nothing of the bucket. If they are not needed any more, set \`replaceNotifications: true\`.`,
      );
    }
    console.warn(lost);
    return name;
  });
}
