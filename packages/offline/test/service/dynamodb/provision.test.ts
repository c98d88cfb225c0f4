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
])("the partition key of the index %s is %s", (index, key) => {
  expect(tables.partitionKeyOf(ARN, index)).toBe(key);
});

test.each([`${ARN}2`, ARN.replace("000000000000", "111122223333"), ARN.replace("us-", "eu-")])(
  "the keys of %s, which is another table, are unknown",
  (arn) => {
    expect(tables.partitionKeyOf(arn, undefined)).toBeUndefined();
  },
);
