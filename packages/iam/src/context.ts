/**
 * The value of a condition key that AWS would know and this program does not. What depends on it is
 * decided against the caller: an `Allow` does not apply, a `Deny` does.
 */
export const UNKNOWN = Symbol("unknown");

/** The value of a condition key; a list for the keys that AWS calls multivalued. */
export type ContextValue = string | readonly string[] | typeof UNKNOWN;

/**
 * Condition keys by name (`aws:SourceArn`, `s3:prefix`), in any letter case. A key without a value
 * is absent.
 */
export type RequestContext = Readonly<Record<string, ContextValue | undefined>>;

/**
 * Condition keys by lower-case name. A list of one value is that value; an empty list is an absent
 * key.
 */
export interface Context {
  get(key: string): ContextValue | undefined;
}

/**
 * Condition keys by lower-case name: their names are case-insensitive (IAM User Guide, "IAM policy
 * elements: Variables and tags").
 */
export function keysOf(context: RequestContext): Context {
  const keys = new Map<string, ContextValue>();
  for (const name of Object.keys(context)) {
    const value = context[name];
    const single = Array.isArray(value) && value.length <= 1 ? value[0] : value;
    if (single !== undefined) keys.set(name.toLowerCase(), single);
  }
  return keys;
}

/**
 * The keys of `first` and, for keys that it lacks, those of `given`. A key that is in neither is
 * absent if `isKnown` returns true, and otherwise `UNKNOWN`. `given` is indexed at the first
 * lookup: most decisions need none.
 */
export function contextOf(
  first: Context,
  given: RequestContext,
  isKnown: (key: string) => boolean,
): Context {
  let keys: Context | undefined;
  return {
    get(key) {
      const value = first.get(key);
      if (value !== undefined) return value;
      keys ??= keysOf(given);
      return keys.get(key) ?? (isKnown(key) ? undefined : UNKNOWN);
    },
  };
}
