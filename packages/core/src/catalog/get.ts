import { filesBucket } from "../resource.ts";
import { isExpired } from "./filter.ts";
import { recordKey } from "./keys.ts";
import { newReads, readItem, type Reads } from "./reads.ts";
import { type FileRecord, parseItem } from "./record.ts";

/**
 * The record of an object key; undefined if there is none. A tombstone is returned only with
 * `deleted: true`. The cost is added to `read`.
 *
 * The read is strongly consistent. Throws an `InputError` if the item does not fit this version of
 * Waybill, and a `ServiceError` if the catalog cannot be read.
 */
export async function get(
  key: string,
  options: { deleted?: boolean; read?: Reads } = {},
): Promise<FileRecord | undefined> {
  if (key === "") return undefined;
  const item = await readItem(recordKey(filesBucket(), key), options.read ?? newReads());
  if (item === undefined) return undefined;
  const record = parseItem(item);
  if (record.state !== "deleted") return record;
  return options.deleted === true && !isExpired(record, new Date()) ? record : undefined;
}
