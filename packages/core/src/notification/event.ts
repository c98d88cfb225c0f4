import type { InputError } from "../error.ts";

/**
 * An event after which the record of its key may have to change; or, of the kind `listed`, a difference
 * between the record and a listing of the bucket. Times are ISO-8601 UTC to the millisecond.
 */
export interface ObjectChange {
  readonly kind: "created" | "removed" | "expired" | "changed" | "listed";
  /** Without the prefix `s3:`, such as `ObjectCreated:Put`. */
  readonly name: string;
  /** When S3 finished the request; for an expiration, the midnight at which it was due. See `lookAt`. */
  readonly time: string;
  readonly region: string;
  readonly bucket: string;
  /** Decoded. */
  readonly key: string;
  readonly versionId?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  readonly etag?: string | undefined;
  /** Normalized. Always present except for the kinds `changed` and `listed`. */
  readonly sequencer?: string | undefined;
  /** Who made the request, such as `AWS:AROAEXAMPLE:session`. */
  readonly principal?: string | undefined;
  readonly sourceIp?: string | undefined;
  /** S3's id of the request. */
  readonly requestId?: string | undefined;
}

/** The fields of a record as far as they can be read. */
interface ReadableFacts {
  readonly name?: string | undefined;
  readonly region?: string | undefined;
  readonly bucket?: string | undefined;
  /** Decoded, or as it was sent if it cannot be decoded. */
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
}

/** An event that does not change a record. */
export interface IgnoredEvent extends ReadableFacts {
  readonly kind: "ignored";
  readonly name: string;
}

export type ObjectEvent = ObjectChange | IgnoredEvent;

/** A record that is invalid, or that this function must not process. */
export interface RejectedRecord extends ReadableFacts {
  readonly kind: "rejected";
  readonly error: InputError;
}

/**
 * The effect of an event on a record, by the event's name.
 *
 * ACL, annotation, retention and replication events are ignored: their effects are not part of a record.
 * (S3 reports failed replications but not completed ones, so a stored status would become stale.) Unknown
 * names are ignored: a minor version of the event format can add names.
 */
export function kindOf(name: string): ObjectEvent["kind"] {
  switch (familyOf(name)) {
    case "ObjectCreated":
      return "created";
    case "ObjectRemoved":
      return "removed";
    case "LifecycleExpiration":
      return "expired";
    case "ObjectRestore":
    case "ObjectTagging":
    case "LifecycleTransition":
    case "IntelligentTiering":
      return "changed";
    default:
      return "ignored";
  }
}

/** Whether an event is only about the tags of an object. */
export function isAboutTags(name: string): boolean {
  return familyOf(name) === "ObjectTagging";
}

const familyOf = (name: string): string => name.split(":", 1)[0] ?? "";
