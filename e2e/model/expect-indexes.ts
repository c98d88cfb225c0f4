import { type AttributeValue, type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { FileRecord } from "@waybill/core/catalog";
import { identityOf } from "@waybill/core/catalog/content";
import {
  CONTENT,
  CONTENT_INDEX,
  MOMENT,
  MONTH,
  monthPartition,
  SHARDS,
  SORT,
  TIME_INDEX,
} from "@waybill/core/catalog/keys";
import { expect } from "vitest";

import type { Scene } from "./scene.ts";

/** The table, read without the code under test. */
export interface Table {
  readonly dynamodb: DynamoDBClient;
  readonly name: string;
}

/**
 * Expects one entry in the index by time for each record that is not deleted, one in the index by content
 * unless the object is empty, and no other entries.
 */
export async function expectIndexed(
  records: readonly FileRecord[],
  { bucket, model }: Scene,
  table: Table,
): Promise<void> {
  const current = records.filter((record) => record.state !== "deleted");
  const months = new Set(
    [new Date().toISOString(), ...current.map(({ arrivedAt }) => arrivedAt)].map((time) =>
      time.slice(0, 7),
    ),
  );
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  const partitions = [...months].flatMap((month) =>
    shards.map((shard) => monthPartition(bucket, month, shard)),
  );
  const byTime = await Promise.all(
    partitions.map((partition) => entriesOf(table, TIME_INDEX, MONTH, partition)),
  );
  expect(
    byTime
      .flat()
      .map((item) => `${textOf(item[MOMENT]).split("#")[0]} ${textOf(item[SORT])}`)
      .toSorted(),
    "the index by time",
  ).toEqual(current.map(({ key, arrivedAt }) => `${arrivedAt} ${key}`).toSorted());

  const identified = current.flatMap((record) => {
    const identity = identityOf(record);
    return identity === undefined ? [] : [{ identity, key: record.key }];
  });
  const identities = new Set([...model.etags, ...identified.map(({ identity }) => identity)]);
  const byContent = await Promise.all(
    [...identities].map(async (identity) => {
      const items = await entriesOf(table, CONTENT_INDEX, CONTENT, `${bucket}#${identity}`);
      return items.map((item) => `${identity} ${textOf(item[SORT])}`);
    }),
  );
  expect(byContent.flat().toSorted(), "the index by content").toEqual(
    identified.map(({ identity, key }) => `${identity} ${key}`).toSorted(),
  );
}

async function entriesOf(
  { dynamodb, name }: Table,
  index: string,
  attribute: string,
  value: string,
): Promise<Record<string, AttributeValue>[]> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: name,
      IndexName: index,
      KeyConditionExpression: "#name = :value",
      ExpressionAttributeNames: { "#name": attribute },
      ExpressionAttributeValues: { ":value": { S: value } },
    }),
  );
  return Items;
}

const textOf = (value: AttributeValue | undefined): string => value?.S ?? "";
