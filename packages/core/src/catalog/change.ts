import type { ChangedEvent, SequencedEvent } from "../notification/event.ts";
import type { ObjectDescription } from "../object/description.ts";

/** A change of one record, as the ingest rule decides it. */
export type CatalogChange =
  | PutChange
  | OvertakenChange
  | TombstoneChange
  | RefreshChange
  | AdoptChange
  | BarrierChange;

/**
 * If the event is newer than the record, the record becomes what S3 described, or, where S3 would
 * not, what the event says; but not if S3 was asked before the latest `BarrierChange`.
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

/** Changes nothing. It is made if only the barrier kept the same `PutChange` from being made. */
export interface OvertakenChange extends Omit<PutChange, "kind"> {
  readonly kind: "overtaken";
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
 * It is a barrier as well.
 */
export interface RefreshChange {
  readonly kind: "refresh";
  readonly event: ChangedEvent;
  /** When S3 was asked. */
  readonly askedAt: string;
  readonly object: ObjectDescription;
}

/**
 * An object that has no record gets one: it was there before the catalog, or the event of its creation
 * is still to come, which is newer than this record as all that have a sequencer are.
 */
export interface AdoptChange extends Omit<RefreshChange, "kind"> {
  readonly kind: "adopt";
}

/**
 * From now on nothing is recorded that S3 said before it was asked for this: what waits to be recorded
 * may be of the version that has changed, from before the change, and no sequencer tells.
 */
export interface BarrierChange extends Omit<RefreshChange, "kind" | "object"> {
  readonly kind: "barrier";
}
