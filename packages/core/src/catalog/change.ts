import type { ChangedEvent, SequencedEvent } from "../notification/event.ts";
import type { ObjectDescription } from "../object/description.ts";

/** A change of one record, as the ingest rule decides it. */
export type CatalogChange = PutChange | TombstoneChange | RefreshChange;

/**
 * If the event is newer than the record, the record becomes what S3 described, or, where S3 would
 * not, what the event says.
 */
export interface PutChange {
  readonly kind: "put";
  readonly event: SequencedEvent;
  /** When S3 was asked; ISO-8601 UTC to the millisecond, as all times here. */
  readonly askedAt: string;
  readonly content:
    | { readonly state: "present"; readonly object: ObjectDescription }
    | { readonly state: "unreadable"; readonly reason: string };
}

/** The record becomes a tombstone, on the grounds of `because`. */
export interface TombstoneChange {
  readonly kind: "tombstone";
  readonly event: SequencedEvent;
  /** When S3 was asked, or now if it was not. */
  readonly askedAt: string;
  /**
   * `newer`: the event is newer than the record.
   *
   * `seen_gone`: the event is not newer, but S3 was asked after the record was made and said that
   * the object is gone. The record keeps its sequencer. For lifecycle expirations only: their
   * sequencer appears to be the midnight at which the object was due, which can lie before its
   * creation (a rule with a date goes on expiring what is created after it), so it proves nothing.
   * What S3 says does: it is strongly consistent (Amazon S3 User Guide, "Amazon S3 data consistency
   * model"). For the same reason the tombstone of an expiration keeps the time of asking until an
   * object is recorded again: whatever was created before it is not what is current, however its
   * sequencer compares with those of other late events.
   */
  readonly because: "newer" | "seen_gone";
}

/**
 * What is said of the object is brought up to date, if the record is still of the version that S3
 * described and was not made after S3 was asked: storage class and the like change with no new one.
 */
export interface RefreshChange {
  readonly kind: "refresh";
  readonly event: ChangedEvent;
  /** When S3 was asked. */
  readonly askedAt: string;
  readonly object: ObjectDescription;
}
