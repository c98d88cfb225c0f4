/** How the processing of one event, or of one message without events, ended. */
export type Outcome = (
  | { readonly outcome: "indexed" | "removed" | "refreshed" | "ignored" | "test" }
  /** The record knows better already: the event came twice, late, or was overtaken in its batch. */
  | { readonly outcome: "stale"; readonly reason: string }
  /** S3 would not describe the object; the record says what the event said. */
  | { readonly outcome: "unreadable"; readonly reason: string }
  | { readonly outcome: "failed"; readonly error: unknown }
) & {
  /** Milliseconds. */
  readonly readMs?: number;
  /** Milliseconds. */
  readonly writeMs?: number;
};
