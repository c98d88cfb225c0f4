import { compilePattern, type Matcher, PatternError } from "../events/pattern.ts";

/** Filter criteria that Lambda would reject. */
export class FilterError extends Error {
  override readonly name = "FilterError";
}

/** Whether a record of an event source is sent to the function. */
export type EventFilter = (record: Readonly<Record<string, unknown>>) => boolean;

/** "By default, you can define up to five different filters for a single event source mapping." */
const MAX_FILTERS = 5;

/** `Pattern` in the Lambda API reference, "Filter". */
const MAX_LENGTH = 4096;

/** Operators of EventBridge that are not in "Filter rule syntax" of the Lambda Developer Guide. */
const UNDOCUMENTED = new Set(["cidr", "wildcard"]);

/**
 * Compiles the patterns of filter criteria (Lambda Developer Guide, "Control which events Lambda sends to
 * your function"). A record is sent if any of them matches. Without patterns, all records are sent.
 * `textMember` is the member that can be a text or JSON, such as the body of a message. Throws a
 * `FilterError` for a pattern that Lambda rejects.
 */
export function compileFilters(patterns: readonly string[], textMember?: string): EventFilter {
  if (patterns.length === 0) return () => true;
  if (patterns.length > MAX_FILTERS) {
    throw new FilterError(`an event source mapping can have at most ${MAX_FILTERS} filters`);
  }
  const filters = patterns.map((pattern) => compileFilter(pattern, textMember));
  return (record) => filters.some((matches) => matches(record));
}

function compileFilter(text: string, textMember: string | undefined): EventFilter {
  try {
    if (text.length > MAX_LENGTH) {
      throw new PatternError(`it is longer than ${MAX_LENGTH} characters`);
    }
    const pattern = parseJson(text);
    rejectUndocumented(pattern);
    const matches = compilePattern(pattern);
    return textMember === undefined ? matches : onText(pattern, matches, textMember);
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause;
    const message = `Invalid filter pattern definition: ${cause.message}. The pattern is ${text}`;
    throw new FilterError(message, { cause });
  }
}

/**
 * A text is filtered by a list of rules, and JSON by an object of rules. A record whose member has the
 * other format does not match (Lambda Developer Guide, "Properly filtering Amazon SQS messages").
 */
function onText(pattern: unknown, matches: Matcher, member: string): EventFilter {
  const formats = new Set(rulesOf(pattern, member).map((rules) => Array.isArray(rules)));
  const isForJson = formats.has(false);
  const isForText = formats.has(true);
  return (record) => {
    const json = structureOf(record[member]);
    if (json !== undefined) return matches({ ...record, [member]: json });
    return (isForText || !isForJson) && matches(record);
  };
}

/** The rules for a member, which can be in alternatives. */
function rulesOf(pattern: unknown, member: string): unknown[] {
  return Object.entries(pattern as object).flatMap(([name, rules]: [string, unknown]) => {
    if (name === "$or") return (rules as unknown[]).flatMap((each) => rulesOf(each, member));
    return name === member ? [rules] : [];
  });
}

/** Returns the object or list in a JSON text, or undefined for any other text. */
function structureOf(text: unknown): object | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined; // a plain text
  }
}

function rejectUndocumented(pattern: unknown): void {
  for (const [name, rules] of membersOf(pattern)) {
    if (!Array.isArray(rules)) rejectUndocumented(rules);
    else if (name === "$or") rules.forEach((each) => rejectUndocumented(each));
    else {
      const operators = rules
        .flatMap(membersOf)
        .flatMap(([operator, operand]) => [
          operator,
          ...membersOf(operand).map(([inner]) => inner),
        ]);
      const operator = operators.find((each) => UNDOCUMENTED.has(each));
      if (operator !== undefined) {
        throw new PatternError(`Lambda does not document the operator ${operator}`);
      }
    }
  }
}

const membersOf = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null ? Object.entries(value) : [];

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PatternError(`it is not JSON: ${(cause as Error).message}`, { cause });
  }
}
