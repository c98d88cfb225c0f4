import type { FileRecord } from "@waybill/core/catalog/record";
import { MAX_PAGE } from "@waybill/core/limits";

import { costOf } from "../cost.ts";
import { noteMore } from "../more.ts";
import { type FormatOptions, formatOf, parseTime } from "../options.ts";
import { parseInput } from "../parse-input.ts";
import { FILE_COLUMNS, fileRow } from "../rows.ts";
import { noteSkipped } from "../skipped.ts";
import { EntryPrinter, note } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { table } from "../terminal/table.ts";
import { count, counted } from "../terminal/text.ts";

export interface FindOptions extends FormatOptions {
  readonly since?: string;
  readonly until?: string;
  readonly by?: string;
  readonly type?: string;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly meta?: string[];
  readonly tag?: string[];
  readonly name?: string;
  readonly state?: string;
  readonly limit?: number;
  readonly startAfter?: string;
  readonly startAfterTime?: string;
  readonly cost?: boolean;
}

/** Rows are printed in batches of this size, or after this time in a slow search. */
const BATCH_ROWS = 100;
const BATCH_MS = 200;

/** `waybill find [prefix]` */
export async function findFiles(prefix: string, options: FindOptions): Promise<void> {
  const [{ find }, { FindQuery }] = await Promise.all([
    import("@waybill/core/catalog/find"),
    import("@waybill/core/catalog/query"),
  ]);
  const { since, until, by, type, minSize, maxSize, meta, tag, name, state, limit } = options;
  const { startAfter, startAfterTime } = options;
  const format = formatOf(options);
  const query = parseInput(FindQuery, {
    prefix,
    since: since && parseTime(since),
    until: until && parseTime(until),
    by,
    type,
    minSize,
    maxSize,
    metadata: meta,
    tags: tag,
    nameLike: name,
    state,
    startAfter,
    startAfterTime,
  });
  const found = await find(query, limit === undefined || limit > MAX_PAGE ? {} : { wanted: limit });
  const progress = showProgress(() => `${count(found.read.items)} records read`);
  const printer = new EntryPrinter<FileRecord>(
    format,
    (records, first) => table(FILE_COLUMNS, records.map(fileRow), first ? {} : { titles: false }),
    { progress, member: "files" },
  );
  let rows: FileRecord[] = [];
  let printedAt = performance.now();
  let total = 0;
  const flush = () => {
    printer.print(rows);
    rows = [];
    printedAt = performance.now();
  };
  for await (const record of found) {
    rows.push(record);
    total += 1;
    if (rows.length >= BATCH_ROWS || performance.now() - printedAt > BATCH_MS) flush();
    if (total === limit) break;
  }
  flush();
  const next = total === limit ? found.next : undefined;
  printer.end(format === "json" ? { next: next ?? null } : undefined);
  if (next) noteMore(total, next);
  noteSkipped(found.unfit);
  if (options.cost || (process.stdout.isTTY && process.stderr.isTTY)) {
    const source = found.index === "table" ? "the table" : "the index by time";
    note(`waybill: ${counted(total, "file")}; ${costOf(found.read)} of ${source}`);
  }
}
