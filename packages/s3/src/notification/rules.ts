import type { NotificationRule } from "../settings.ts";

/** Every event that a bucket can be told to send, as `PutBucketNotificationConfiguration` names them. */
const EVENTS = [
  "s3:ObjectCreated:*",
  "s3:ObjectCreated:Put",
  "s3:ObjectCreated:Post",
  "s3:ObjectCreated:Copy",
  "s3:ObjectCreated:CompleteMultipartUpload",
  "s3:ObjectRemoved:*",
  "s3:ObjectRemoved:Delete",
  "s3:ObjectRemoved:DeleteMarkerCreated",
  "s3:ObjectRestore:*",
  "s3:ObjectRestore:Post",
  "s3:ObjectRestore:Completed",
  "s3:ObjectRestore:Delete",
  "s3:ObjectTagging:*",
  "s3:ObjectTagging:Put",
  "s3:ObjectTagging:Delete",
  "s3:ObjectAcl:Put",
  "s3:LifecycleExpiration:*",
  "s3:LifecycleExpiration:Delete",
  "s3:LifecycleExpiration:DeleteMarkerCreated",
  "s3:LifecycleTransition",
  "s3:IntelligentTiering",
  "s3:Replication:*",
  "s3:Replication:OperationFailedReplication",
  "s3:Replication:OperationMissedThreshold",
  "s3:Replication:OperationReplicatedAfterThreshold",
  "s3:Replication:OperationNotTracked",
  "s3:ReducedRedundancyLostObject",
  "s3:ObjectAnnotation:*",
  "s3:ObjectAnnotation:Put",
  "s3:ObjectAnnotation:Delete",
  "s3:ObjectRetention:Put",
] as const;

const KNOWN: ReadonlySet<string> = new Set(EVENTS);

export function isEvent(name: string): boolean {
  return KNOWN.has(name);
}

/** Whether a rule asks for this event of this key. `event` is without "s3:". Filters have no wildcards. */
export function matches(rule: NotificationRule, event: string, key: string): boolean {
  return (
    rule.events.some((wanted) => covers(wanted, `s3:${event}`)) &&
    key.startsWith(rule.filterPrefix ?? "") &&
    key.endsWith(rule.filterSuffix ?? "")
  );
}

function covers(wanted: string, event: string): boolean {
  return wanted.endsWith(":*") ? event.startsWith(wanted.slice(0, -1)) : wanted === event;
}

/**
 * Why S3 would refuse these rules, or undefined. No two rules may claim the same event of the same key
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html).
 */
export function refusal(rules: readonly NotificationRule[]): string | undefined {
  for (const [index, rule] of rules.entries()) {
    const unknown = rule.events.find((event) => !isEvent(event));
    if (unknown !== undefined) return "The event is not supported for notifications";
    if (rule.events.length === 0) return "At least one event must be named";
    for (const other of rules.slice(index + 1)) {
      if (other.id === rule.id) return "The same ID stands on more than one configuration";
      if (overlap(rule, other)) {
        return "Configurations overlap. Configurations on the same bucket cannot share a common event type.";
      }
    }
  }
  return undefined;
}

function overlap(one: NotificationRule, other: NotificationRule): boolean {
  const events = one.events.some((a) =>
    other.events.some((b) => a === b || covers(a, b) || covers(b, a)),
  );
  return (
    events &&
    eitherBegins(one.filterPrefix ?? "", other.filterPrefix ?? "") &&
    eitherEnds(one.filterSuffix ?? "", other.filterSuffix ?? "")
  );
}

function eitherBegins(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function eitherEnds(a: string, b: string): boolean {
  return a.endsWith(b) || b.endsWith(a);
}
