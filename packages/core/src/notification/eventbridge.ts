import * as z from "zod/mini";

import { InputError } from "../error.ts";
import { kindOf, type ObjectEvent } from "./event.ts";
import { checkBucket, lenient, lenientText, malformed, read, readTime } from "./fields.ts";
import { checkKey } from "./key.ts";
import { normalizeSequencer } from "./sequencer.ts";

const headerFields = {
  version: z.string(),
  source: z.string(),
  "detail-type": z.string(),
};

/** What makes a message an event of EventBridge, whatever its source. */
const Header = z.object({ ...headerFields, detail: z.unknown() });

/** The members from which S3's own name of the event follows. */
const Reasons = z.object({
  detail: lenient(z.object({ reason: lenientText, "deletion-type": lenientText })),
});

/** The fields that identify an object, each as far as it can be read. */
const Facts = z.object({
  "detail-type": lenientText,
  region: lenientText,
  detail: lenient(
    z.object({
      bucket: lenient(z.object({ name: lenientText })),
      object: lenient(z.object({ key: lenientText, "version-id": lenientText })),
    }),
  ),
});

/** An event that changes the catalog. */
const WholeEvent = z.object({
  ...headerFields,
  region: z.string(),
  time: z.string(),
  detail: z.object({
    version: z.string(),
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.nullish(z.number()),
      etag: z.nullish(z.string()),
      "version-id": z.nullish(z.string()),
      sequencer: z.nullish(z.string()),
    }),
    "request-id": lenientText,
    requester: lenientText,
    "source-ip-address": lenientText,
  }),
});

/** The supported version, of the envelope and of S3's detail. */
const VERSION = "0";

const CREATIONS = new Map([
  ["PutObject", "Put"],
  ["POST Object", "Post"],
  ["CopyObject", "Copy"],
  ["CompleteMultipartUpload", "CompleteMultipartUpload"],
]);

/** S3's own names of the events that EventBridge calls by a detail type. */
const NAMES = new Map([
  ["Object Restore Initiated", "ObjectRestore:Post"],
  ["Object Restore Completed", "ObjectRestore:Completed"],
  ["Object Restore Expired", "ObjectRestore:Delete"],
  ["Object Storage Class Changed", "LifecycleTransition"],
  ["Object Access Tier Changed", "IntelligentTiering"],
  ["Object ACL Updated", "ObjectAcl:Put"],
  ["Object Tags Added", "ObjectTagging:Put"],
  ["Object Tags Deleted", "ObjectTagging:Delete"],
]);

/** Whether a message has the envelope of EventBridge. */
export function isEventBridgeEvent(message: unknown): boolean {
  return typeof message === "object" && message !== null && "detail-type" in message;
}

/**
 * Reads an event that S3 sent through EventBridge as the same event of S3's own notifications (Amazon S3
 * User Guide, "EventBridge event message structure"). The key is not form-encoded. The time has whole
 * seconds, so it is up to a second before that of S3's own form. Throws an `InputError` if the event must
 * not be processed.
 */
export function readEventBridgeEvent(message: unknown, bucket: string): ObjectEvent {
  const whole = WholeEvent.safeParse(message);
  const header = whole.data ?? read(Header, message);
  if (header.source !== "aws.s3") {
    throw new InputError("notification.other_source", "The event's source is not aws.s3.");
  }
  if (header.version !== VERSION) throw unknownVersion("version", header.version);
  const name = nameOf(header["detail-type"], message);
  const kind = kindOf(name);
  if (kind === "ignored") {
    const facts = readEventBridgeFacts(message);
    if (facts.bucket !== undefined) checkBucket(facts.bucket, bucket);
    return { ...facts, kind, name };
  }

  if (!whole.success) throw malformed(whole.error);
  const { region, time, detail } = whole.data;
  if (detail.version !== VERSION) throw unknownVersion("detail.version", detail.version);
  checkBucket(detail.bucket.name, bucket);
  const sequencer = detail.object.sequencer ?? undefined;
  if (sequencer === undefined && kind !== "changed") {
    throw new InputError("notification.no_sequencer", `The event ${name} has no sequencer.`);
  }
  return {
    kind,
    name,
    time: readTime(time, "time"),
    region,
    bucket,
    key: checkKey(detail.object.key),
    versionId: detail.object["version-id"] ?? undefined,
    size: detail.object.size ?? undefined,
    etag: detail.object.etag ?? undefined,
    sequencer: sequencer === undefined ? undefined : normalizeSequencer(sequencer),
    principal: detail.requester,
    sourceIp: detail["source-ip-address"],
    requestId: detail["request-id"],
  };
}

function unknownVersion(member: string, version: string): InputError {
  return new InputError(
    "notification.unknown_version",
    `The event's ${member} is ${version}; only ${VERSION} is supported.`,
  );
}

/** S3's own name of an event; for an unknown reason that of its family, otherwise the detail type. */
function nameOf(type: string, message: unknown): string {
  const { reason = "", "deletion-type": deletion } = Reasons.safeParse(message).data?.detail ?? {};
  if (type === "Object Created") return `ObjectCreated:${CREATIONS.get(reason) ?? reason}`;
  if (type !== "Object Deleted") return NAMES.get(type) ?? type;
  const family = reason === "Lifecycle Expiration" ? "LifecycleExpiration" : "ObjectRemoved";
  return `${family}:${deletion === "Delete Marker Created" ? "DeleteMarkerCreated" : "Delete"}`;
}

/** The fields of an event as far as they can be read. */
export function readEventBridgeFacts(message: unknown) {
  const { "detail-type": type, region, detail } = Facts.safeParse(message).data ?? {};
  return {
    name: type === undefined ? undefined : nameOf(type, message),
    region,
    bucket: detail?.bucket?.name,
    key: detail?.object?.key,
    versionId: detail?.object?.["version-id"],
  };
}
