import type { DuplicatesPage, Reads } from "@waybill/core/catalog";
import type { FileRecord } from "@waybill/core/catalog/record";

import { noteCost } from "../cost.ts";
import { NotFoundError } from "../exit.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { parseInput } from "../parse-input.ts";
import { FILE_COLUMNS, fileRow } from "../rows.ts";
import { noteSkipped } from "../skipped.ts";
import { EntryPrinter, note } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { table } from "../terminal/table.ts";
import { count, counted, escaped } from "../terminal/text.ts";

export interface DuplicatesOptions extends FormatOptions {
  readonly content?: string;
  readonly etag?: string;
  readonly cost?: boolean;
}

type SharedContent = NonNullable<DuplicatesPage["content"]>;

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
  const query = parseInput(DuplicatesQuery, { key, content: options.content, etag: options.etag });
  const read = newReads();
  const progress = showProgress(() => `${count(printer.printed)} files so far`);
  const printer = new EntryPrinter<FileRecord>(
    formatOf(options),
    (records, first) => table(FILE_COLUMNS, records.map(fileRow), first ? {} : { titles: false }),
    { progress },
  );
  let page: DuplicatesPage | undefined;
  do {
    // Further pages use the identity of the first, which saves a read of the file.
    const current: typeof query = page?.content
      ? { limit: query.limit, content: page.content.identity }
      : query;
    page = await duplicates({ ...current, ...page?.next });
    if (!page) throw new NotFoundError(`There is no record of "${key}".`);
    addReads(read, page.read);
    printer.print(page.records);
    noteSkipped(page.unfit);
  } while (page.next);
  printer.end();
  if (formatOf(options) === "table") {
    const summary = page.content
      ? summaryOf(page.content, printer.printed)
      : await reasonOf(key ?? "", read);
    note(`waybill: ${summary}`);
    if (options.etag !== undefined && printer.printed === 0) {
      note(
        "  Files with a CRC64NVME checksum are not found by their ETag: use <key> or --content.",
      );
    }
  }
  noteCost(read, options);
}

function summaryOf({ kind, identity }: SharedContent, files: number): string {
  const what = kind === "crc64nvme" ? "CRC64NVME checksum and size in bytes" : "ETag";
  return `${counted(files, "file")} with the content ${escaped(identity)} (${what})`;
}

/** Why a file has no duplicates. */
async function reasonOf(key: string, read: Reads): Promise<string> {
  const { get } = await import("@waybill/core/catalog/get");
  const record = await get(key, { read });
  const isEmpty = record !== undefined && record.state !== "deleted" && record.size === 0;
  return isEmpty
    ? "The file is empty. Empty files are never duplicates."
    : "The content of the file is unknown, because S3 did not describe it.";
}
