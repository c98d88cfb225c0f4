import type { ObjectDescription } from "../object/description.ts";
import type { EventNote, StoredRecord } from "./stored.ts";

/** A complete new content of one record, and the condition under which it replaces the stored one. */
export interface RecordWrite {
  readonly bucket: string;
  readonly key: string;
  /** A new random value: it identifies this write. */
  readonly rev: string;
  /** When the object was read; ISO-8601 UTC to the millisecond, like all times here. */
  readonly readAt: string;
  readonly region: string;
  readonly event: EventNote;
  readonly content: Content;
  /** The greatest sequencer seen for the key, normalized. */
  readonly sequencer: string;
  readonly guard: Guard;
}

/** The state of the object and what is known of it. */
export type Content =
  | {
      readonly state: "present";
      readonly object: ObjectDescription & { readonly lastModified: string };
      /** When the object arrived in the bucket. */
      readonly arrivedAt: string;
    }
  | {
      readonly state: "unreadable";
      readonly reason: string;
      /** From the event of the creation, as far as it is known. */
      readonly object: EventDescription;
      readonly arrivedAt: string;
    }
  | { readonly state: "deleted" };

/** What an event says about an object. */
export interface EventDescription {
  readonly size?: number | undefined;
  readonly etag?: string | undefined;
  readonly versionId?: string | undefined;
  readonly lastModified: string;
}

/** The condition of a write. */
export type Guard =
  /** There is no record. */
  | { readonly kind: "absent" }
  /** There is no record, or one that this write replaces without its being read. */
  | FirstGuard
  /** The record is still the one that a rejected write returned. */
  | { readonly kind: "unchanged"; readonly stored: StoredRecord };

/**
 * What must hold of a stored record that is replaced without its being read: it was read before this
 * write's read, has no newer event, does not cover the events, and keeps nothing that this write loses.
 */
export interface FirstGuard {
  readonly kind: "first";
  /** The record was read before this time. */
  readonly readBefore: string;
  /** The record's event is not later. */
  readonly eventTime: string;
  /**
   * How the record's sequencer compares with that of the write. `at least`: the record keeps its own;
   * `any`: the events have none, so the record keeps its own.
   */
  readonly sequencer: "at most" | "less than" | "at least" | "any";
  /** The record does not already cover the events: see `covers`. Undefined if no record can. */
  readonly notReadAfter?: string | undefined;
  /** The record describes the same object, whose time of arrival it keeps. */
  readonly sameObject: boolean;
}
