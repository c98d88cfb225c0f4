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
    return undefined; // whatever a handler prints is no JSON
  }
}

/**
 * A line of a function's log, for a person to read.
 * @param template how to print a line that is JSON, with its fields in braces, as in `{level} {message}`; it is for
 * lines that have the first of them. Others are shown whole.
 * @returns nothing for CloudWatch's embedded metrics.
 */
export function logLine(line: string, now: Date, template = "{message}"): string | undefined {
  const time = timeOf(now);
  const entry = parsed(line);
  if (entry === undefined) return `${time}  ${printable(line)}`;
  if ("_aws" in entry) return undefined;
  const first = /\{(\w+)\}/.exec(template)?.[1] ?? "";
  const text =
    first in entry
      ? template.replaceAll(/\{(\w+)\}/g, (_, field: string) => asText(entry[field]))
      : printable(line);
  const mark = MARKS.get(asText(entry["level"])) ?? "";
  return `${time} ${mark.padEnd(2)} ${text}`.trimEnd();
}
