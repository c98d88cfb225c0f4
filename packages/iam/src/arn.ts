import {
  endsWithStar,
  fill,
  hasVariables,
  hasWildcard,
  isOnlyStar,
  matcherOf,
  parseTemplate,
  splitTemplate,
  type Matcher,
  type Template,
  type Unresolved,
} from "./pattern.ts";

/**
 * Returns the six fields of an ARN, of which the last may contain colons; `undefined` if the text
 * is not an ARN.
 */
export function splitArn(text: string): string[] | undefined {
  if (!text.startsWith("arn:")) return undefined;
  const fields: string[] = [];
  let start = 0;
  while (fields.length < 5) {
    const colon = text.indexOf(":", start);
    if (colon < 0) return undefined;
    fields.push(text.slice(start, colon));
    start = colon + 1;
  }
  fields.push(text.slice(start));
  return fields;
}

/** Returns the account field of an ARN; `undefined` if it is empty, as in S3's ARNs. */
export const accountOfArn = (arn: string): string | undefined => splitArn(arn)?.[4] || undefined;

const SIX_FIELDS = "the six fields of an ARN (arn:partition:service:region:account:resource)";

/**
 * Compiles the pattern of an Arn operator: field by field, so that a `*` stops at a colon except in
 * the last field (IAM User Guide, "Amazon Resource Name (ARN) condition operators"). "*" alone
 * matches every ARN.
 *
 * Throws `SyntaxError` for a pattern that cannot match any ARN.
 */
export function compileArn(text: string, variables: boolean): Matcher {
  const template = parseTemplate(text, { wildcards: true, variables });
  if (isOnlyStar(template)) return (value) => splitArn(value) !== undefined;
  if (!hasVariables(template)) {
    const fields = splitTemplate(template);
    if (fields.length !== 6)
      throw new SyntaxError(`${JSON.stringify(text)} must have ${SIX_FIELDS}, or be "*"`);
    return matchFields(fields);
  }
  // A variable may contain a whole ARN, so the pattern can be split only when its value is known.
  return (value, context) => {
    const filled = fill(template, context);
    if (typeof filled === "string") return filled;
    const fields = splitTemplate(filled);
    return fields.length === 6 && matchFields(fields)(value, context);
  };
}

function matchFields(fields: readonly Template[]): Matcher {
  const matchers = fields.map((field) => matcherOf(field));
  const last = matchers.length - 1;
  return (value, context) => {
    const parts = splitArn(value);
    if (!parts) return false;
    let result: true | Unresolved = true;
    for (const [index, matches] of matchers.entries()) {
      const part = index === last && last < 5 ? parts.slice(last).join(":") : (parts[index] ?? "");
      const matched = matches(part, context);
      if (matched === false) return false;
      if (matched !== true) result = matched;
    }
    return result;
  };
}

/** A resource pattern, compiled in two ways. */
export interface ResourcePattern {
  /** A `*` stops at the colons between an ARN's first fields. */
  narrow: Matcher;
  /** A `*` also matches colons. */
  wide: Matcher;
}

/**
 * Compiles the text of a `Resource` or `NotResource` element. IAM documents that a `*` at the end
 * of a field "can expand to match beyond the colon boundaries", but not when it does. So there are
 * two readings, and the evaluator uses the one that allows less.
 *
 * Throws `SyntaxError` for a pattern that is neither "*" nor an ARN, or has a wildcard in its
 * service or a policy variable before the fifth colon.
 */
export function compileResource(text: string, variables: boolean): ResourcePattern {
  const template = parseTemplate(text, { wildcards: true, variables });
  if (isOnlyStar(template)) return { narrow: () => true, wide: () => true };
  const fields = splitTemplate(template);
  const invalid = (problem: string) => new SyntaxError(`${JSON.stringify(text)} ${problem}`);
  const [prefix, , service = []] = fields;
  if (prefix?.length !== 1 || prefix[0] !== "arn") throw invalid('must be an ARN ("arn:…") or "*"');
  if (hasWildcard(service)) throw invalid("has a wildcard in its service");
  if (fields.slice(0, 5).some(hasVariables))
    throw invalid("has a policy variable before the fifth colon");
  const isShort = fields.length < 6;
  if (
    isShort &&
    (fields.length < 4 ||
      !endsWithStar(fields.at(-1) ?? []) ||
      fields.slice(0, -1).some(hasWildcard))
  ) {
    throw invalid(`must have ${SIX_FIELDS}`);
  }
  return { narrow: matchFields(fields), wide: matcherOf(template) };
}
