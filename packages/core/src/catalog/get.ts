import { GetCommand } from "@aws-sdk/lib-dynamodb";

import { dynamodb } from "../aws/dynamodb.ts";
import { catalogTable, filesBucket } from "../resource.ts";
import { recordKey } from "./keys.ts";
import { type FileRecord, parseItem } from "./record.ts";

/**
 * The record of an object key, verbatim; undefined if there is none. Tombstones are only answered
 * with `deleted: true`.
 *
 * The read is strongly consistent: it answers with every write made before it was asked. Throws an
 * `InputError` if the item does not fit this version of Waybill.
 */
export async function get(
  key: string,
  options: { deleted?: boolean } = {},
): Promise<FileRecord | undefined> {
  if (key === "") return undefined;
  const { Item } = await dynamodb.send(
    new GetCommand({
      TableName: catalogTable(),
      Key: recordKey(filesBucket(), key),
      ConsistentRead: true,
    }),
  );
  if (Item === undefined) return undefined;
  const record = parseItem(Item);
  if (record.state !== "deleted") return record;
  // DynamoDB deletes expired items within days, not at once.
  const expired = Date.parse(record.expiresAt) <= Date.now();
  return options.deleted === true && !expired ? record : undefined;
}
