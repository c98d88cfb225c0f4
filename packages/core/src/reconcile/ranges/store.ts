import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import pLimit from "p-limit";

import { call } from "../../aws/call.ts";
import { dynamodb } from "../../aws/dynamodb.ts";
import { PARTITION, passKey, SORT, TTL_ATTRIBUTE } from "../../catalog/keys.ts";
import { type Item, newReads, readItem, readItems } from "../../catalog/reads.ts";
import { InputError, ServiceError } from "../../error.ts";
import { catalogTable, filesBucket } from "../../resource.ts";
import { PassHead, RangeItem } from "./range-item.ts";

/** An item of a pass. It changes with every write of it. */
export interface Stored<T> {
  readonly value: T;
  readonly rev: number;
}

/** Days that the ranges of a pass are kept. */
const RETENTION_DAYS = 90;

const headName = (pass: string) => `pass#${pass}`;
const rangeName = (pass: string, range: string) => `range#${pass}#${range}`;

/** The head of a pass. Throws an `InputError` (`reconcile.no_pass`), or a `ServiceError`. */
export async function readHead(pass: string): Promise<PassHead> {
  const head = await findHead(pass);
  if (head) return head;
  throw new InputError("reconcile.no_pass", `There is no pass ${pass} in the catalog.`);
}

/** The head of a pass, if there is one. Throws a `ServiceError` (`catalog.read_failed`). */
export async function findHead(pass: string): Promise<PassHead | undefined> {
  const item = await readItem(passKey(filesBucket(), headName(pass)), newReads());
  return item && PassHead.parse(item["value"]);
}

/** Creates a pass, unless it exists. Throws a `ServiceError` (`reconcile.not_recorded`). */
export const createHead = (pass: string, head: PassHead): Promise<boolean> =>
  write(headName(pass), head, 0);

/** Writes of one pass at a time: a plan can have thousands of ranges. */
const limit = pLimit(32);

/** Creates ranges, unless they exist. Throws a `ServiceError` (`reconcile.not_recorded`). */
export async function createRanges(pass: string, ranges: readonly RangeItem[]): Promise<void> {
  await Promise.all(ranges.map((range) => limit(() => write(rangeName(pass, range.id), range, 0))));
}

/**
 * Writes a range if it is as it was read; returns whether it was. Throws a `ServiceError`
 * (`reconcile.not_recorded`).
 */
export const saveRange = (pass: string, range: RangeItem, rev: number): Promise<boolean> =>
  limit(() => write(rangeName(pass, range.id), range, rev));

/** A range of a pass. Throws an `InputError` (`reconcile.no_range`), or a `ServiceError`. */
export async function readRange(pass: string, id: string): Promise<Stored<RangeItem>> {
  const item = await readItem(passKey(filesBucket(), rangeName(pass, id)), newReads());
  if (item) return parseRange(item);
  throw new InputError("reconcile.no_range", `The pass ${pass} has no range ${id}.`);
}

/** All ranges of a pass. Throws a `ServiceError` (`catalog.read_failed`). */
export async function readRanges(pass: string): Promise<Stored<RangeItem>[]> {
  const { pk, sk } = passKey(filesBucket(), rangeName(pass, ""));
  const ranges: Stored<RangeItem>[] = [];
  let start: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await readItems(
      {
        ConsistentRead: true,
        KeyConditionExpression: "#pk = :pk AND begins_with(#sk, :sk)",
        ExpressionAttributeNames: { "#pk": PARTITION, "#sk": SORT },
        ExpressionAttributeValues: { ":pk": pk, ":sk": sk },
        ExclusiveStartKey: start,
      },
      newReads(),
    );
    ranges.push(...Items.map(parseRange));
    start = LastEvaluatedKey;
  } while (start);
  return ranges;
}

const parseRange = (item: Item): Stored<RangeItem> => ({
  value: RangeItem.parse(item["value"]),
  rev: Number(item["rev"]),
});

/** `rev` 0 is an item that does not exist. */
async function write(name: string, value: object, rev: number): Promise<boolean> {
  const expiresAt = Math.floor(Date.now() / 1000) + RETENTION_DAYS * 24 * 60 * 60;
  const command = new UpdateCommand({
    TableName: catalogTable(),
    Key: passKey(filesBucket(), name),
    UpdateExpression: "SET #value = :value, #rev = :next, #ttl = :ttl",
    ConditionExpression: rev === 0 ? "attribute_not_exists(#rev)" : "#rev = :rev",
    ExpressionAttributeNames: { "#value": "value", "#rev": "rev", "#ttl": TTL_ATTRIBUTE },
    ExpressionAttributeValues: {
      ":value": value,
      ":next": rev + 1,
      ":ttl": expiresAt,
      ...(rev === 0 ? {} : { ":rev": rev }),
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
