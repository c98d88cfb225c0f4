import type { S3Context } from "./context.ts";
import { S3Error } from "./error.ts";
import { testEventBody } from "./notification/event.ts";
import { ruleError } from "./notification/rules.ts";
import { isBucketName } from "./operations/target.ts";
import { newRequestIds } from "./request.ts";
import type { BucketSettings, Versioning } from "./settings.ts";

/**
 * Creates a bucket, or applies the settings to an existing one. Throws `S3Error` for invalid input.
 */
export function ensureBucket(context: S3Context, name: string, settings: BucketSettings): void {
  const { store, clock } = context;
  if (!isBucketName(name)) {
    throw new S3Error("InvalidBucketName", { details: { BucketName: name } });
  }
  const problem = ruleError(settings.notifications);
  if (problem !== undefined) {
    throw new S3Error("InvalidArgument", { message: `The notifications of ${name}: ${problem}` });
  }
  store.write(() => {
    const existing = store.buckets.get(name);
    const known = new Set(existing?.settings.notifications.map(({ queueArn }) => queueArn));
    if (existing) {
      const versioning = nextVersioning(existing.settings.versioning, settings.versioning);
      store.buckets.change(existing, { ...settings, versioning });
    } else store.buckets.create(name, clock().getTime(), settings);
    const origin = { principalId: "", sourceIp: "", ...newRequestIds() };
    for (const queueArn of new Set(settings.notifications.map((rule) => rule.queueArn))) {
      if (!known.has(queueArn)) {
        store.outbox.add(queueArn, name, testEventBody(name, clock(), origin));
      }
    }
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html: versioning cannot be removed. */
function nextVersioning(before: Versioning, wanted: Versioning): Versioning {
  return wanted === "Unversioned" && before !== "Unversioned" ? "Suspended" : wanted;
}
