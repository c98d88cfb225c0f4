/** A pattern that EventBridge would reject. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}
