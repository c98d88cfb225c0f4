/** Text of the outside, safe to print: control characters, which could drive a terminal, are escaped. */
export function printable(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const LEVELS: Record<string, string> = { WARN: "!", ERROR: "!!", CRITICAL: "!!" };

const NOISE = new Set([
  "level",
  "message",
  "timestamp",
  "service",
  "sampling_rate",
  "requestId",
  "request_id",
  "function_request_id",
  "xray_trace_id",
  "function_arn",
  "function_name",
  "function_memory_size",
  "cold_start",
]);

const asText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/**
 * A line of a function's log for a person to read: one that is JSON becomes its message and fields, in the order in
 * which they were written. @returns nothing for CloudWatch's embedded metrics.
 */
export function logLine(line: string, now: Date): string | undefined {
  const time = now.toTimeString().slice(0, 8);
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return `${time}  ${printable(line)}`; // whatever a handler prints is no JSON
  }
  if (entry === null || typeof entry !== "object") return `${time}  ${printable(line)}`;
  if ("_aws" in entry) return undefined;
  const { level, message } = entry as { level?: string; message?: string };
  const fields = Object.entries(entry)
    .filter(([name, value]) => !NOISE.has(name) && value !== undefined && value !== null)
    .map(([name, value]) => `${name}=${asText(value)}`);
  const mark = LEVELS[level ?? ""];
  return [time, "", mark, message, ...fields]
    .filter((part) => part !== undefined)
    .map((part) => printable(part))
    .join(" ");
}
