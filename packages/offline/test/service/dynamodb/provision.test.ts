import { expect, test } from "vitest";

import { knownTables } from "../../../src/service/dynamodb/provision.ts";

const PLACE = { region: "us-east-1", accountId: "000000000000" };
const ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/Things";
const hash = (AttributeName: string) => [{ AttributeName, KeyType: "HASH" }];
const Projection = { ProjectionType: "ALL" };

const tables = knownTables(
  [
    {
      TableName: "Things",
      AttributeDefinitions: [],
      KeySchema: [...hash("pk"), { AttributeName: "sk", KeyType: "RANGE" }],
      GlobalSecondaryIndexes: [{ IndexName: "ByOwner", KeySchema: hash("owner"), Projection }],
      LocalSecondaryIndexes: [{ IndexName: "ByTime", KeySchema: hash("pk"), Projection }],
      BillingMode: "PAY_PER_REQUEST",
    },
  ],
  PLACE,
);

test.each([
  [undefined, "pk"],
  ["ByOwner", "owner"],
  ["ByTime", "pk"],
  ["Other", undefined],
])("returns the partition key of the index %s: %s", (index, key) => {
  expect(tables.partitionKeyOf(ARN, index)).toBe(key);
});

test.each([`${ARN}2`, ARN.replace("000000000000", "111122223333"), ARN.replace("us-", "eu-")])(
  "does not know the partition key of another table, %s",
  (arn) => {
    expect(tables.partitionKeyOf(arn, undefined)).toBeUndefined();
  },
);
