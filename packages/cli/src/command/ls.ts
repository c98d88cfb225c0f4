import type { ListPage } from "@waybill/core/catalog";
import type { FileRecord } from "@waybill/core/catalog/record";
import { MAX_PAGE } from "@waybill/core/limits";

import { noteCost } from "../cost.ts";
import { noteMore } from "../more.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { parseInput } from "../parse-input.ts";
import { FILE_COLUMNS, fileRow, folderRow, NO_FILES } from "../rows.ts";
import { noteSkipped } from "../skipped.ts";
import { EntryPrinter, note } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { table } from "../terminal/table.ts";
import { count } from "../terminal/text.ts";

export interface LsOptions extends FormatOptions {
  readonly folders?: boolean;
  readonly delimiter?: string;
  readonly startAfter?: string;
  readonly limit?: number;
  readonly cost?: boolean;
}

type Entry = FileRecord | { readonly prefix: string };

/** `waybill ls [prefix]` */
export async function listFiles(prefix: string, options: LsOptions): Promise<void> {
  const [{ list }, { ListQuery }, { addReads, newReads }] = await Promise.all([
    import("@waybill/core/catalog/list"),
    import("@waybill/core/catalog/query"),
    import("@waybill/core/catalog/reads"),
  ]);
  const { startAfter, folders, delimiter = folders ? "/" : undefined } = options;
  const format = formatOf(options);
  const query = parseInput(ListQuery, { prefix, delimiter, startAfter });
  const most = options.limit ?? Number.POSITIVE_INFINITY;
  const read = newReads();
  const progress = showProgress(() => `${count(printer.printed)} entries so far`);
  const printer = new EntryPrinter<Entry>(
    format,
    (entries, first) => table(FILE_COLUMNS, entries.map(rowOf), first ? {} : { titles: false }),
    { progress, member: "files" },
  );
  let page: ListPage | undefined;
  do {
    const limit = Math.min(MAX_PAGE, most - printer.printed);
    page = await list({ ...query, ...page?.next, limit });
    addReads(read, page.read);
    printer.print(inOrder(page.records, page.prefixes));
    noteSkipped(page.unfit);
  } while (page.next && printer.printed < most);
  printer.end(format === "json" ? { next: page.next ?? null } : undefined);
  if (printer.printed === 0 && format === "table") note(NO_FILES);
  if (page.next) noteMore(printer.printed, page.next);
  noteCost(read, options);
}

const nameOf = (entry: Entry) => ("prefix" in entry ? entry.prefix : entry.key);

/** Merges files and folders in S3's order, which is that of the UTF-8 bytes. */
const inOrder = (records: readonly FileRecord[], prefixes: readonly string[]): Entry[] =>
  [...records, ...prefixes.map((prefix) => ({ prefix }))]
    .map((entry) => ({ entry, bytes: Buffer.from(nameOf(entry)) }))
    .toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ entry }) => entry);

const rowOf = (entry: Entry) => ("prefix" in entry ? folderRow(entry.prefix) : fileRow(entry));
