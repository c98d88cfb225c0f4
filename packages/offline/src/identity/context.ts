/**
 * The value of a condition key that AWS would know and we do not. Whatever depends on it is decided against the caller:
 * an `Allow` does not apply, a `Deny` does.
 */
export const UNKNOWN = Symbol("unknown");

/** A condition key's value; a list for the keys that AWS calls multivalued. */
export type ContextValue = string | readonly string[] | typeof UNKNOWN;

/** Condition keys by name (`aws:SourceArn`, `s3:prefix`), in any letter case. A key without a value is absent. */
export type RequestContext = Readonly<Record<string, ContextValue | undefined>>;

/** Condition keys by lower-case name. A list of one is its value, a list of none is absent. */
export interface Context {
  get(key: string): ContextValue | undefined;
}

/**
 * Reads condition keys without regard to letter case (IAM User Guide, "IAM policy elements: Variables and tags": key names
 * are case-insensitive). Earlier sources win. Nothing is built before the first key is asked for: most decisions need
 * none.
 */
export function contextOf(sources: () => readonly RequestContext[]): Context {
  let values: Map<string, ContextValue> | undefined;
  const build = () => {
    const map = new Map<string, ContextValue>();
    for (const source of sources()) {
      for (const [name, value] of Object.entries(source)) {
        const key = name.toLowerCase();
        const single = Array.isArray(value) && value.length <= 1 ? value[0] : value;
        if (single !== undefined && !map.has(key)) map.set(key, single);
      }
    }
    return map;
  };
  return {
    get(key) {
      values ??= build();
      return values.get(key);
    },
  };
}
