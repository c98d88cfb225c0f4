import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";

import { call } from "../aws/call.ts";
import { dynamodb } from "../aws/dynamodb.ts";
import { ServiceError } from "../error.ts";
import { catalogTable, filesBucket } from "../resource.ts";
import { passKey, TTL_ATTRIBUTE } from "./keys.ts";
import { type Item, newReads, readItem, type Reads } from "./reads.ts";

/** An item about passes, which changes with every write of it. */
export interface PassItem {
  readonly value: unknown;
  /** 0 if the item does not exist. */
  readonly rev: number;
}

/** Reads an item about passes. Throws a `ServiceError` (`catalog.read_failed`). */
export async function readPassItem(
  name: string,
  reads: Reads = newReads(),
  options: { readonly consistent?: boolean } = {},
): Promise<PassItem> {
  return passItemOf(await readItem(passKey(filesBucket(), name), reads, options));
}

export const passItemOf = (item: Item | undefined): PassItem => ({
  value: item?.["value"],
  rev: Number(item?.["rev"] ?? 0),
});

/**
 * Writes an item about passes if it is as it was read, at `rev`; returns whether it was. Throws a
 * `ServiceError` (`reconcile.not_recorded`).
 */
export async function writePassItem(
  name: string,
  value: object,
  rev: number,
  { keptDays }: { readonly keptDays?: number } = {},
): Promise<boolean> {
  const expiresAt =
    keptDays === undefined ? undefined : Math.floor(Date.now() / 1000) + keptDays * 24 * 60 * 60;
  const command = new UpdateCommand({
    TableName: catalogTable(),
    Key: passKey(filesBucket(), name),
    UpdateExpression: `SET #value = :value, #rev = :next${expiresAt === undefined ? "" : ", #ttl = :ttl"}`,
    ConditionExpression: rev === 0 ? "attribute_not_exists(#rev)" : "#rev = :rev",
    ExpressionAttributeNames: {
      "#value": "value",
      "#rev": "rev",
      ...(expiresAt !== undefined && { "#ttl": TTL_ATTRIBUTE }),
    },
    ExpressionAttributeValues: {
      ":value": value,
      ":next": rev + 1,
      ...(expiresAt !== undefined && { ":ttl": expiresAt }),
      ...(rev !== 0 && { ":rev": rev }),
    },
  });
  try {
    await call(
      dynamodb.send(command),
      "reconcile.not_recorded",
      "Could not record in the catalog how far the pass came.",
    );
    return true;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.cause instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
