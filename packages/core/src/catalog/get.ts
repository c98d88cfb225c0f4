import { filesBucket } from "../resource.ts";
import { isExpired } from "./filter.ts";
import { recordKey } from "./keys.ts";
import { newReads, readItem, type Reads } from "./reads.ts";
import { type FileRecord, parseItem } from "./record.ts";

/**
 * The record of an object key, verbatim; undefined if there is none. Tombstones are only answered
 * with `deleted: true`. What it cost is added to `read`.
 *
 * The read is strongly consistent: it answers with every write made before it was asked. Throws an
 * `InputError` if the item does not fit this version of Waybill, and a `ServiceError` if DynamoDB
 * does not answer.
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
