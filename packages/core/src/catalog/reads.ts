import {
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from "@aws-sdk/lib-dynamodb";

import { call } from "../aws/call.ts";
import { dynamodb } from "../aws/dynamodb.ts";
import { catalogTable } from "../resource.ts";
import type { RecordKey } from "./keys.ts";

/** The cost of a query so far. */
export interface Reads {
  /** Requests to DynamoDB. */
  requests: number;
  /** Items read, whether or not they are part of the result. */
  items: number;
  /** DynamoDB read units: one per 4 KB, or per 8 KB if the read is eventually consistent. */
  units: number;
}

export type Item = Record<string, unknown>;

export function newReads(): Reads {
  return { requests: 0, items: 0, units: 0 };
}

/** Adds the cost of another query. */
export function addReads(to: Reads, { requests, items, units }: Reads): void {
  to.requests += requests;
  to.items += items;
  to.units += units;
}

/** Queries the table or an index, and adds the cost to `reads`. Throws a `ServiceError` (`catalog.read_failed`). */
export async function readItems(
  input: Omit<QueryCommandInput, "TableName" | "ReturnConsumedCapacity">,
  reads: Reads,
): Promise<QueryCommandOutput> {
  const output = await callCatalog(
    dynamodb.send(
      new QueryCommand({ ...input, TableName: catalogTable(), ReturnConsumedCapacity: "TOTAL" }),
    ),
  );
  count(reads, output.ScannedCount, output.ConsumedCapacity);
  return output;
}

/**
 * Reads one item, with strong consistency unless the options say otherwise, and adds the cost to
 * `reads`. Throws a `ServiceError` (`catalog.read_failed`).
 */
export async function readItem(
  key: RecordKey,
  reads: Reads,
  { consistent = true }: { readonly consistent?: boolean } = {},
): Promise<Item | undefined> {
  const output = await callCatalog(
    dynamodb.send(
      new GetCommand({
        TableName: catalogTable(),
        Key: key,
        ConsistentRead: consistent,
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

const callCatalog = <T>(request: Promise<T>) =>
  call(request, "catalog.read_failed", "Could not read the catalog.");
