import type { StreamSettings, TableSettings } from "../../../src/service/dynamodb/dynamo.ts";

export const ITEMS = ["a", "b", "c", "d", "e", "f"];

/** A table with an index whose key changes with every update of an item. */
export const settings: TableSettings = {
  TableName: "things",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
    { AttributeName: "at", AttributeType: "N" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: "byTime",
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "at", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
  ],
  BillingMode: "PAY_PER_REQUEST",
};

const label = "2026-01-01T00:00:00.004";
export const stream: StreamSettings = {
  arn: `arn:aws:dynamodb:us-east-1:000000000000:table/${settings.TableName}/stream/${label}`,
  label,
  viewType: "NEW_AND_OLD_IMAGES",
};
