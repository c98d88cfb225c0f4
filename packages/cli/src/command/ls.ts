import { type FileRecord, list } from "@waybill/core/catalog";
import { Command, InvalidArgumentError } from "commander";

import { size, table } from "../text.ts";

/** `waybill ls [prefix]` */
export function lsCommand(): Command {
  return new Command("ls")
    .description("List records in the order of their keys.")
    .argument("[prefix]", "only keys that begin with it", "")
    .option("--delimiter <text>", "show what is behind it as one entry, as folders are with /")
    .option("--start-after <key>", "begin after this key")
    .option("--limit <n>", "at most so many entries; without it, all", positive)
    .option("--json", "print one JSON object a line")
    .action(async (prefix: string, options: Options) => {
      let left = options.limit ?? Number.POSITIVE_INFINITY;
      let startAfter = options.startAfter;
      do {
        const { delimiter } = options;
        const limit = Math.min(1000, left);
        const page = await list({ prefix, delimiter, startAfter, limit });
        process.stdout.write(options.json ? asJson(page) : asTable(page));
        for (const { key, reason } of page.unfit)
          process.stderr.write(`waybill: ${key}: ${reason}\n`);
        left -= page.records.length + page.prefixes.length;
        startAfter = page.next;
      } while (startAfter !== undefined && left > 0);
    });
}

interface Options {
  delimiter?: string;
  startAfter?: string;
  limit?: number;
  json?: boolean;
}

interface Page {
  records: FileRecord[];
  prefixes: string[];
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("it must be 1 or more.");
  return number;
}

const byKey = (a: { key: string }, b: { key: string }) =>
  Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));

function asTable({ records, prefixes }: Page): string {
  const entries = [
    ...prefixes.map((key) => ({ key, cells: ["", "PREFIX", key] })),
    ...records.map((record) => ({ key: record.key, cells: cells(record) })),
  ];
  return table(entries.toSorted(byKey).map((entry) => entry.cells));
}

function cells(record: FileRecord): string[] {
  const when = "lastModified" in record ? record.lastModified.slice(0, 19).replace("T", " ") : "";
  const bytes = "size" in record && record.size !== undefined ? size(record.size) : "";
  return [when, bytes.padStart(9), record.key];
}

function asJson({ records, prefixes }: Page): string {
  return [...prefixes.map((prefix) => ({ prefix })), ...records]
    .map((entry) => `${JSON.stringify(entry)}\n`)
    .join("");
}
