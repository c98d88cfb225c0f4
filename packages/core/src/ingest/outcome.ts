/** The result of processing one event, or one message without events. */
export type Outcome = (
  | { readonly outcome: "indexed" | "removed" | "refreshed" | "ignored" | "test" }
  /** The record already covers the event, or a newer event of its batch does. */
  | { readonly outcome: "stale"; readonly reason: string }
  /** S3 does not describe the object; the record contains the data of the event. */
  | { readonly outcome: "unreadable"; readonly reason: string }
  | { readonly outcome: "failed"; readonly error: unknown }
) & {
  /** Whether the clock of this process differed from that of S3 by more than a second. */
  readonly clockSkew?: boolean;
  /** Milliseconds. */
  readonly readMs?: number;
  /** Milliseconds. */
  readonly writeMs?: number;
};
