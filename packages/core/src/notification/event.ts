import type { InputError } from "../error.ts";

/** Fields of every event that changes a record. Times are ISO-8601 UTC to the millisecond. */
export interface EventFacts {
  /** Without the prefix `s3:`, such as `ObjectCreated:Put`. */
  readonly name: string;
  /** When S3 finished the request. */
  readonly time: string;
  readonly region: string;
  readonly bucket: string;
  /** Decoded. */
  readonly key: string;
  readonly versionId?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  readonly etag?: string | undefined;
}

/** An event that has a sequencer, in normalized form. */
export interface SequencedEvent extends EventFacts {
  readonly kind: "created" | "removed" | "expired";
  readonly sequencer: string;
}

/**
 * An event that can change fields of an object without a new version. S3 documents no order for these
 * events, although it sends a sequencer with some.
 */
export interface ChangedEvent extends EventFacts {
  readonly kind: "changed";
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

export type ObjectEvent = SequencedEvent | ChangedEvent | IgnoredEvent;

/** A record that is invalid, or that this function must not process. */
export interface RejectedRecord extends ReadableFacts {
  readonly kind: "rejected";
  readonly error: InputError;
}

/**
 * The effect of an event on a record, by the event's name.
 *
 * Tagging, ACL, annotation, retention and replication events are ignored: their effects are not part of
 * a record. (S3 reports failed replications but not completed ones, so a stored status would become
 * stale.) Unknown names are ignored: a minor version of the event format can add names.
 */
export function kindOf(name: string): ObjectEvent["kind"] {
  const [family = ""] = name.split(":", 1);
  switch (family) {
    case "ObjectCreated":
      return "created";
    case "ObjectRemoved":
      return "removed";
    case "LifecycleExpiration":
      return "expired";
    case "ObjectRestore":
    case "LifecycleTransition":
    case "IntelligentTiering":
      return "changed";
    default:
      return "ignored";
  }
}
