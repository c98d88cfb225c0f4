import type { DuplicatesPage } from "@waybill/core/catalog";
import type { FileRecord } from "@waybill/core/catalog/record";

import { noteCost } from "../cost.ts";
import { NotFoundError } from "../exit.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { parseInput } from "../parse-input.ts";
import { FILE_COLUMNS, fileRow, NO_FILES } from "../rows.ts";
import { noteSkipped } from "../skipped.ts";
import { EntryPrinter, note } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { table } from "../terminal/table.ts";
import { count } from "../terminal/text.ts";

export interface DuplicatesOptions extends FormatOptions {
  readonly etag?: string;
  readonly cost?: boolean;
}

/** `waybill duplicates <key>` */
export async function showDuplicates(
  key: string | undefined,
  options: DuplicatesOptions,
): Promise<void> {
  const [{ duplicates }, { DuplicatesQuery }, { addReads, newReads }] = await Promise.all([
    import("@waybill/core/catalog/duplicates"),
    import("@waybill/core/catalog/query"),
    import("@waybill/core/catalog/reads"),
  ]);
  const query = parseInput(DuplicatesQuery, { key, etag: options.etag });
  const read = newReads();
  const progress = showProgress(() => `${count(printer.printed)} files so far`);
  const printer = new EntryPrinter<FileRecord>(
    formatOf(options),
    (records, first) => table(FILE_COLUMNS, records.map(fileRow), first ? {} : { titles: false }),
    progress,
  );
  let page: DuplicatesPage | undefined;
  do {
    // Further pages use the ETag of the first, which saves a read of the file.
    const current: typeof query = page?.etag
      ? { ...query, key: undefined, etag: page.etag }
      : query;
    page = await duplicates({ ...current, ...page?.next });
    if (!page) throw new NotFoundError(`There is no record of "${key}".`);
    addReads(read, page.read);
    printer.print(page.records);
    noteSkipped(page.unfit);
  } while (page.next);
  printer.end();
  if (page.etag === undefined && formatOf(options) === "table") {
    note("waybill: The file is empty or unreadable, so it has no content to compare.");
  } else if (printer.printed === 0 && formatOf(options) === "table") {
    note(NO_FILES);
  }
  noteCost(read, options);
}
