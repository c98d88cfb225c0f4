import { InvalidArgumentError, Option } from "commander";

import type { Format } from "./terminal/output.ts";

export interface FormatOptions {
  readonly json?: boolean;
  readonly jsonl?: boolean;
}

export const jsonOption = () => new Option("--json", "print one JSON document");

export const jsonLinesOption = () =>
  new Option("--jsonl", "print one JSON object per line").conflicts("json");

export const costOption = () =>
  new Option("--cost", "print the DynamoDB read units to standard error");

export function formatOf({ json, jsonl }: FormatOptions): Format {
  if (json) return "json";
  return jsonl ? "jsonl" : "table";
}

const AGE = /^(\d{1,6})\s*(s|min|m|h|d|w)$/;
const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** Converts an age (`90min`, `2h`, `7d`), `today` or `yesterday` to ISO 8601 in UTC. Returns other text as it is. */
export function parseTime(text: string, now = new Date()): string {
  const [, number = "", unit = ""] = AGE.exec(text) ?? [];
  if (number !== "") {
    return new Date(now.getTime() - Number(number) * (SECONDS[unit] ?? 0) * 1000).toISOString();
  }
  const today = now.toISOString().slice(0, 10);
  if (text === "today") return today;
  if (text === "yesterday") {
    return new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10);
  }
  // The schema of the query validates it.
  return text.replace(" ", "T");
}

const SIZE = /^(\d+(?:\.\d+)?)\s*(?:([kmgtpe])(i?))?b?$/i;

/** Parses a size: `500`, `10MB` (of 1,000,000 bytes) or `1.5GiB` (of 1,073,741,824 bytes). */
export function parseSize(text: string): number {
  const [, number, unit = "", binary] = SIZE.exec(text) ?? [];
  const bytes = Math.round(Number(number) * (binary ? 1024 : 1000) ** powerOf(unit));
  if (!Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError("It must be a size such as 500, 10MB or 1.5GiB.");
  }
  return bytes;
}

const powerOf = (unit: string) => (unit === "" ? 0 : "kmgtpe".indexOf(unit.toLowerCase()) + 1);

/** Parses a positive whole number. */
export function parseCount(text: string): number {
  const number = Number(text);
  if (!/^\d{1,9}$/.test(text) || number < 1) {
    throw new InvalidArgumentError("It must be a whole number, 1 or more.");
  }
  return number;
}

/** Collects the values of an option that occurs several times. */
export const collect = (text: string, previous: string[] | undefined): string[] => [
  ...(previous ?? []),
  text,
];
