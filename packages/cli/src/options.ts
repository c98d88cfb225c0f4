import { InvalidArgumentError, Option } from "commander";

import type { Format } from "./terminal/output.ts";

export interface FormatOptions {
  readonly json?: boolean;
  readonly jsonl?: boolean;
}

export const jsonOption = () => new Option("--json", "print one JSON document");

export const jsonLinesOption = () =>
  new Option("--jsonl", "print one JSON object a line").conflicts("json");

export const costOption = () =>
  new Option("--cost", "say on standard error what was read, in DynamoDB's read units");

export function formatOf({ json, jsonl }: FormatOptions): Format {
  if (json) return "json";
  return jsonl ? "jsonl" : "people";
}

const AGO = /^(\d{1,6})\s*(s|min|m|h|d|w)$/;
const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** A time as people type it: how long ago (`90min`, `2h`, `7d`), `today`, `yesterday`, or ISO 8601, all in UTC. */
export function parseTime(text: string, now = new Date()): string {
  const [, number = "", unit = ""] = AGO.exec(text) ?? [];
  if (number !== "") {
    return new Date(now.getTime() - Number(number) * (SECONDS[unit] ?? 0) * 1000).toISOString();
  }
  const today = now.toISOString().slice(0, 10);
  if (text === "today") return today;
  if (text === "yesterday") {
    return new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10);
  }
  // Whether it is one of ISO 8601 is for the query to say.
  return text.replace(" ", "T");
}

const SIZE = /^(\d+(?:\.\d+)?)\s*(?:([kmgtpe])(i?))?b?$/i;

/** Bytes as people type them: `500`, `10MB` (a million each), `1.5GiB` (1,073,741,824 each). */
export function parseSize(text: string): number {
  const [, number, unit = "", binary] = SIZE.exec(text) ?? [];
  const bytes = Math.round(Number(number) * (binary ? 1024 : 1000) ** powerOf(unit));
  if (!Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError("it must be a size, as 500, 10MB or 1.5GiB.");
  }
  return bytes;
}

const powerOf = (unit: string) => (unit === "" ? 0 : "kmgtpe".indexOf(unit.toLowerCase()) + 1);

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  const number = Number(text);
  if (!/^\d{1,9}$/.test(text) || number < 1) {
    throw new InvalidArgumentError("it must be a whole number, 1 or more.");
  }
  return number;
}

/** Takes an option that may be given several times. */
export const collect = (text: string, before: string[] | undefined): string[] => [
  ...(before ?? []),
  text,
];
