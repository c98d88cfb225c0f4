import {
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from "@aws-sdk/lib-dynamodb";

import { answerOf } from "../aws/answer.ts";
import { dynamodb } from "../aws/dynamodb.ts";
import { catalogTable } from "../resource.ts";
import type { RecordKey } from "./keys.ts";

/** What an answer has cost so far. */
export interface Reads {
  /** Requests to DynamoDB. */
  requests: number;
  /** Items read, whether or not they are part of the answer. */
  items: number;
  /** Read units, as DynamoDB counts them: one pays for 4 KB, or for 8 KB where what is read may lag behind. */
  units: number;
}

export type Item = Record<string, unknown>;

export function newReads(): Reads {
  return { requests: 0, items: 0, units: 0 };
}

/** Adds what another answer has cost. */
export function addReads(to: Reads, { requests, items, units }: Reads): void {
  to.requests += requests;
  to.items += items;
  to.units += units;
}

/** Queries the table or an index, and counts what that cost. Throws a `ServiceError` (`catalog.read_failed`). */
export async function readItems(
  input: Omit<QueryCommandInput, "TableName" | "ReturnConsumedCapacity">,
  reads: Reads,
): Promise<QueryCommandOutput> {
  const output = await answered(
    dynamodb.send(
      new QueryCommand({ ...input, TableName: catalogTable(), ReturnConsumedCapacity: "TOTAL" }),
    ),
  );
  count(reads, output.ScannedCount, output.ConsumedCapacity);
  return output;
}

/** Reads one item, up to date with every write before it, and counts what that cost. Throws a `ServiceError` (`catalog.read_failed`). */
export async function readItem(key: RecordKey, reads: Reads): Promise<Item | undefined> {
  const output = await answered(
    dynamodb.send(
      new GetCommand({
        TableName: catalogTable(),
        Key: key,
        ConsistentRead: true,
        ReturnConsumedCapacity: "TOTAL",
      }),
    ),
  );
  count(reads, output.Item === undefined ? 0 : 1, output.ConsumedCapacity);
  return output.Item;
}

function count(
  reads: Reads,
  items: number | undefined,
  capacity: { readonly CapacityUnits?: number | undefined } | undefined,
): void {
  reads.requests += 1;
  reads.items += items ?? 0;
  reads.units += capacity?.CapacityUnits ?? 0;
}

const answered = <T>(answer: Promise<T>) =>
  answerOf(answer, "catalog.read_failed", "DynamoDB did not answer.");
