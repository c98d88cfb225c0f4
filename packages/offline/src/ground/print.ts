const escaped = (character: string) =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * Makes untrusted text safe to print on one line. Escapes characters that could control a terminal,
 * end a line or change the direction of writing.
 */
export function printable(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    escaped,
  );
}

/** Like `printable`, but keeps line feeds. */
export const printableLines = (text: string): string => text.split("\n").map(printable).join("\n");

/**
 * Writes a value as one line of JSON, also for readers that end a line at U+2028, such as Node's
 * `readline`.
 */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, escaped);

/** The local time, such as `09:05:07`. */
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
    return undefined; // handlers can print any text
  }
}

/**
 * Formats a line of a function's log for the terminal. `template` formats a JSON line by its
 * fields, such as `{outcome} {key}`, if the line has the first of them. Other warnings and errors
 * show all of their fields. Returns undefined for metrics in CloudWatch's embedded metric format.
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
  if (template !== undefined && first in entry) return fill(template, entry);
  const message = asText(entry["message"]);
  if (isProblem) return [message, ...fieldsOf(entry)].join("  ").trimStart();
  return template === undefined && message !== "" ? message : printable(line);
}

/** Fills in a template. Omits a field that the entry does not have, with the text before it. */
function fill(template: string, entry: Record<string, unknown>): string {
  return template.replaceAll(/([^{}]*)\{(\w+)\}/g, (_, before: string, field: string) => {
    const value = asText(entry[field]);
    return value === "" ? "" : `${before}${value}`;
  });
}

/** The line already shows the level and a time. A stack trace would be longer than a line. */
const OMITTED = new Set(["level", "message", "timestamp", "stack"]);

/** Lists the fields as `name=value`, with those of nested objects as `error.message="…"`. */
function fieldsOf(entry: object, prefix = ""): string[] {
  return Object.entries(entry).flatMap(([name, value]: [string, unknown]) => {
    const field = `${prefix}${name}`;
    if (OMITTED.has(field) || name === "stack" || value === undefined || value === null) return [];
    if (typeof value === "object" && !Array.isArray(value)) return fieldsOf(value, `${field}.`);
    const isPlain = typeof value === "string" && /^[^\s"=]+$/.test(value);
    return [`${printable(field)}=${printable(isPlain ? value : JSON.stringify(value))}`];
  });
}
