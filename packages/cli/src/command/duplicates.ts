import type { DuplicatesPage } from "@waybill/core/catalog";
import type { FileRecord } from "@waybill/core/catalog/record";

import { noteCost } from "../cost.ts";
import { NotFoundError } from "../exit.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { question } from "../question.ts";
import { FILE_COLUMNS, fileRow, NO_FILES } from "../rows.ts";
import { EntryPrinter, note } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { table } from "../terminal/table.ts";
import { count } from "../terminal/text.ts";
import { noteUnfit } from "../unfit.ts";

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
  const query = question(DuplicatesQuery, { key, etag: options.etag });
  const read = newReads();
  const progress = showProgress(() => `${count(printer.printed)} files so far`);
  const printer = new EntryPrinter<FileRecord>(
    formatOf(options),
    (records, first) => table(FILE_COLUMNS, records.map(fileRow), first ? {} : { titles: false }),
    progress,
  );
  let page: DuplicatesPage | undefined;
  do {
    // Once the ETag is known, the file itself need not be read again.
    const asked: typeof query = page?.etag ? { ...query, key: undefined, etag: page.etag } : query;
    page = await duplicates({ ...asked, ...page?.next });
    if (!page) throw new NotFoundError(`There is no record of "${key}".`);
    addReads(read, page.read);
    printer.print(page.records);
    noteUnfit(page.unfit);
  } while (page.next);
  printer.end();
  if (page.etag === undefined && formatOf(options) === "people") {
    note("waybill: The file has no content to compare: it is empty, or could not be read.");
  } else if (printer.printed === 0 && formatOf(options) === "people") {
    note(NO_FILES);
  }
  noteCost(read, options);
}
