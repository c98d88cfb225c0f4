import type { ChangedEvent, SequencedEvent } from "../notification/event.ts";
import type { ObjectDescription } from "../object/description.ts";

/** A change of one record that the ingest rule decides on. */
export type CatalogChange =
  | PutChange
  | OvertakenChange
  | TombstoneChange
  | RefreshChange
  | AdoptChange
  | BarrierChange;

/**
 * Replaces the record if the event is newer and the read began after the latest `BarrierChange`. The
 * record gets S3's description or, if S3 does not describe the object, the data of the event.
 */
export interface PutChange {
  readonly kind: "put";
  readonly event: SequencedEvent;
  /** When the read began; ISO-8601 UTC to the millisecond, like all times here. */
  readonly askedAt: string;
  readonly content:
    | { readonly state: "present"; readonly object: ObjectDescription }
    | { readonly state: "unreadable"; readonly reason: string };
}

/** Changes nothing. It succeeds if the barrier is the only reason that the same `PutChange` failed. */
export interface OvertakenChange extends Omit<PutChange, "kind"> {
  readonly kind: "overtaken";
}

/** Replaces the record with a tombstone. */
export interface TombstoneChange {
  readonly kind: "tombstone";
  readonly event: SequencedEvent;
  /** When the read began. */
  readonly askedAt: string;
  /**
   * `newer`: the event is newer than the record.
   *
   * `seen_gone`: the event is not newer, but a read that began after the record was written found that
   * the object is gone. The record keeps its sequencer. This is for lifecycle expirations only: their
   * sequencer can be lower than that of the object's creation, so it proves nothing. The read does: S3
   * is strongly consistent (Amazon S3 User Guide, "Amazon S3 data consistency model"). For the same
   * reason the tombstone of an expiration stores the time of the read until an object is recorded again:
   * an object that was created earlier is not current, whatever its sequencer.
   */
  readonly because: "newer" | "seen_gone";
}

/**
 * Updates the description if the record has the version that S3 described and was written before the
 * read: the storage class, for example, changes without a new version. It is also a barrier.
 */
export interface RefreshChange {
  readonly kind: "refresh";
  readonly event: ChangedEvent;
  /** When the read began. */
  readonly askedAt: string;
  readonly object: ObjectDescription;
}

/**
 * Creates the record of an object that has none: the object is older than the catalog, or the event of
 * its creation has not arrived. Every event with a sequencer is newer than this record.
 */
export interface AdoptChange extends Omit<RefreshChange, "kind"> {
  readonly kind: "adopt";
}

/**
 * Rejects descriptions that were read before this change: a pending write can have the old description of
 * the version that changed, and no sequencer shows it.
 */
export interface BarrierChange extends Omit<RefreshChange, "kind" | "object"> {
  readonly kind: "barrier";
}
