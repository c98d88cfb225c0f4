import type { NotificationRule } from "../settings.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
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

/**
 * Returns whether a rule covers an event of a key. `event` is without "s3:". Filters have no
 * wildcards.
 */
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
 * Returns why S3 would reject these rules, or undefined. Two rules must not cover the same event of
 * the same key
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html).
 */
export function ruleError(rules: readonly NotificationRule[]): string | undefined {
  for (const [index, rule] of rules.entries()) {
    const unknown = rule.events.find((event) => !isEvent(event));
    if (unknown !== undefined) return "The event is not supported for notifications";
    if (rule.events.length === 0) return "At least one event must be specified";
    for (const other of rules.slice(index + 1)) {
      if (other.id === rule.id) return "The same ID is used for more than one configuration";
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
    prefixesOverlap(one.filterPrefix ?? "", other.filterPrefix ?? "") &&
    suffixesOverlap(one.filterSuffix ?? "", other.filterSuffix ?? "")
  );
}

function prefixesOverlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function suffixesOverlap(a: string, b: string): boolean {
  return a.endsWith(b) || b.endsWith(a);
}
