/** The result of processing one event, or one message without events. */
export type Outcome = (
  | { readonly outcome: "indexed" | "removed" | "refreshed" | "ignored" | "test" }
  /** The record is already newer: the event is a duplicate, late, or superseded in its batch. */
  | { readonly outcome: "stale"; readonly reason: string }
  /** S3 does not describe the object; the record contains the data of the event. */
  | { readonly outcome: "unreadable"; readonly reason: string }
  | { readonly outcome: "failed"; readonly error: unknown }
) & {
  /** Milliseconds. */
  readonly readMs?: number;
  /** Milliseconds. */
  readonly writeMs?: number;
};
