import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";

import { call } from "../aws/call.ts";
import { dynamodb } from "../aws/dynamodb.ts";
import { passKey } from "../catalog/keys.ts";
import { newReads, readItem, type Reads } from "../catalog/reads.ts";
import { ServiceError } from "../error.ts";
import { catalogTable, filesBucket } from "../resource.ts";
import { Completeness, type EndedPass, NOTHING_KNOWN, withPass } from "./document.ts";

/** The sort key of the item. */
const ITEM = "completeness";

/** Writes before it fails: passes of other processes can end at the same time. */
const MAX_WRITES = 10;

/** What is known about the completeness of the catalog. Throws a `ServiceError` (`catalog.read_failed`). */
export async function readCompleteness(reads: Reads = newReads()): Promise<Completeness> {
  return (await read(reads, { consistent: false })).known;
}

/**
 * Records a pass that has ended. Throws a `ServiceError`: `catalog.read_failed`, or
 * `reconcile.not_recorded`.
 */
export async function recordPass(pass: EndedPass): Promise<void> {
  for (let writes = 0; writes < MAX_WRITES; writes++) {
    const { known, rev } = await read(newReads(), { consistent: true });
    const next = withPass(known, pass);
    if (next === known || (await write(next, rev))) return;
  }
  throw new ServiceError(...NOT_RECORDED, { retry: true });
}

async function read(
  reads: Reads,
  options: { readonly consistent: boolean },
): Promise<{ known: Completeness; rev: number }> {
  const item = await readItem(passKey(filesBucket(), ITEM), reads, options);
  if (item === undefined) return { known: NOTHING_KNOWN, rev: 0 };
  return { known: Completeness.parse(item["known"]), rev: Number(item["rev"]) };
}

async function write(known: Completeness, rev: number): Promise<boolean> {
  const command = new UpdateCommand({
    TableName: catalogTable(),
    Key: passKey(filesBucket(), ITEM),
    UpdateExpression: "SET #known = :known, #rev = :next",
    ConditionExpression: "attribute_not_exists(#rev) OR #rev = :rev",
    ExpressionAttributeNames: { "#known": "known", "#rev": "rev" },
    ExpressionAttributeValues: { ":known": known, ":rev": rev, ":next": rev + 1 },
  });
  try {
    await call(dynamodb.send(command), ...NOT_RECORDED);
    return true;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.cause instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

const NOT_RECORDED = [
  "reconcile.not_recorded",
  "Could not record in the catalog how far the pass came.",
] as const;
