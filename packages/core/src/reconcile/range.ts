/** A range of keys in byte order. */
export interface KeyRange {
  /** Only keys that begin with it. */
  readonly prefix: string;
  /** Only keys after this one. */
  readonly after?: string | undefined;
  /** Only keys up to this one. */
  readonly until?: string | undefined;
}
