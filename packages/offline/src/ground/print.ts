const escaped = (character: string) =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * Text of the outside, safe to print: characters that could drive a terminal, end a line or turn the direction of
 * writing are escaped.
 */
export function printable(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    escaped,
  );
}

/** The same for text of several lines. */
export const printableLines = (text: string): string => text.split("\n").map(printable).join("\n");

/** A value as one line of JSON, also for those who think that U+2028 ends a line, as Node's `readline` does. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, escaped);

/** `09:05:07`, by the clock of this machine. */
export const timeOf = (now: Date): string => now.toTimeString().slice(0, 8);

const MARKS: ReadonlyMap<string, string> = new Map([
  ["WARN", "!"],
  ["ERROR", "!!"],
  ["CRITICAL", "!!"],
]);

const asText = (value: unknown): string => {
  if (value === undefined || value === null) return "";
  return printable(typeof value === "string" ? value : JSON.stringify(value));
};

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === "object" ? { ...value } : undefined;
  } catch {
    return undefined; // a handler may print anything
  }
}

/**
 * A line of a function's log, for a person to read. `template` says how to print a line that is JSON, with its fields in braces,
 * as in `{outcome} {key}`; it applies to lines that have its first field. A warning or an error to which no template applies is
 * printed with all of its fields. Returns undefined for CloudWatch's embedded metrics.
 */
export function logLine(line: string, now: Date, template?: string): string | undefined {
  const time = timeOf(now);
  const entry = parsed(line);
  if (entry === undefined) return `${time}  ${printable(line)}`;
  if ("_aws" in entry) return undefined;
  const mark = MARKS.get(asText(entry["level"]));
  return `${time} ${(mark ?? "").padEnd(2)} ${textOf(line, entry, mark !== undefined, template)}`.trimEnd();
}

function textOf(
  line: string,
  entry: Record<string, unknown>,
  isProblem: boolean,
  template: string | undefined,
): string {
  const first = /\{(\w+)\}/.exec(template ?? "")?.[1] ?? "";
  if (template !== undefined && first in entry) return filled(template, entry);
  const message = asText(entry["message"]);
  if (isProblem) return [message, ...fieldsOf(entry)].join("  ").trimStart();
  return template === undefined && message !== "" ? message : printable(line);
}

/** The template with its fields. A field that the entry does not have is left out, with the text before it. */
function filled(template: string, entry: Record<string, unknown>): string {
  return template.replaceAll(/([^{}]*)\{(\w+)\}/g, (_, before: string, field: string) => {
    const value = asText(entry[field]);
    return value === "" ? "" : `${before}${value}`;
  });
}

/** Fields that say nothing more: the line begins with the time and the level, and a stack trace is not one line. */
const OMITTED = new Set(["level", "message", "timestamp", "stack"]);

/** `name=value` for every field that is not an object, also within objects: `error.message="…"`. */
function fieldsOf(entry: object, prefix = ""): string[] {
  return Object.entries(entry).flatMap(([name, value]: [string, unknown]) => {
    const field = `${prefix}${name}`;
    if (OMITTED.has(field) || name === "stack" || value === undefined || value === null) return [];
    if (typeof value === "object" && !Array.isArray(value)) return fieldsOf(value, `${field}.`);
    const isPlain = typeof value === "string" && /^[^\s"=]+$/.test(value);
    return [`${printable(field)}=${printable(isPlain ? value : JSON.stringify(value))}`];
  });
}
