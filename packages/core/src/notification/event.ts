/** What every event about an object says. Times are ISO-8601 UTC to the millisecond. */
export interface EventFacts {
  /** Without the prefix `s3:`, as in `ObjectCreated:Put`. */
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

/** An event that S3 puts in order with the others of its key; `sequencer` is normalised. */
export interface SequencedEvent extends EventFacts {
  readonly kind: "created" | "removed" | "expired";
  readonly sequencer: string;
}

/**
 * An event that may have changed fields of an object: a hint to read it again. Of these S3 promises
 * no order, though it sends a sequencer with some.
 */
export interface ChangedEvent extends EventFacts {
  readonly kind: "changed";
}

/** An event that no field of a record depends on. Only its name is certain. */
export interface IgnoredEvent {
  readonly kind: "ignored";
  readonly name: string;
  readonly time?: string | undefined;
  readonly region?: string | undefined;
  readonly bucket?: string | undefined;
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
}

export type ObjectEvent = SequencedEvent | ChangedEvent | IgnoredEvent;

/**
 * What an event of this name means for a record.
 *
 * Ignored are tagging, ACL, annotation, retention and replication events, whose effects are not part
 * of a record (S3 announces failed replications but not finished ones, so a status that is kept
 * would go stale), and every name that is not known: a new minor version of the event format may
 * bring new ones.
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
