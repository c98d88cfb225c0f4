import type { RecentPage } from "@waybill/core/catalog";
import type { FileRecord } from "@waybill/core/catalog/record";
import { MAX_PAGE } from "@waybill/core/limits";

import { noteCost } from "../cost.ts";
import { noteMore } from "../more.ts";
import { type FormatOptions, formatOf, parseTime } from "../options.ts";
import { parseInput } from "../parse-input.ts";
import { FILE_COLUMNS, fileRow } from "../rows.ts";
import { noteSkipped } from "../skipped.ts";
import { EntryPrinter, note } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { table } from "../terminal/table.ts";
import { count, time } from "../terminal/text.ts";

export interface RecentOptions extends FormatOptions {
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly startAfter?: string;
  readonly startAfterTime?: string;
  readonly cost?: boolean;
}

/** `waybill recent` */
export async function showRecent(options: RecentOptions): Promise<void> {
  const [{ recent }, { RecentQuery }, { addReads, newReads }] = await Promise.all([
    import("@waybill/core/catalog/recent"),
    import("@waybill/core/catalog/query"),
    import("@waybill/core/catalog/reads"),
  ]);
  const { since, until, startAfter, startAfterTime } = options;
  const format = formatOf(options);
  const query = parseInput(RecentQuery, {
    since: since && parseTime(since),
    until: until && parseTime(until),
    startAfter,
    startAfterTime,
  });
  const read = newReads();
  const progress = showProgress(() => `${count(printer.printed)} files so far`);
  const printer = new EntryPrinter<FileRecord>(
    format,
    (records, first) => table(FILE_COLUMNS, records.map(fileRow), first ? {} : { titles: false }),
    { progress, member: "files" },
  );
  let page: RecentPage | undefined;
  do {
    const limit = Math.min(MAX_PAGE, options.limit - printer.printed);
    page = await recent({ ...query, ...page?.next, limit });
    addReads(read, page.read);
    printer.print(page.records);
    noteSkipped(page.unfit);
  } while (page.next && printer.printed < options.limit);
  printer.end(format === "json" ? { next: page.next ?? null } : undefined);
  if (page.next) noteMore(printer.printed, page.next);
  if (printer.printed === 0 && format === "table") {
    note(
      `waybill: No files arrived since ${time(page.since)} UTC. Use --since to search further back.`,
    );
  }
  noteCost(read, options);
}
