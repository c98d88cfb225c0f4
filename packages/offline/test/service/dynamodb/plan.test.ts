import { expect, test } from "vitest";

import { plan } from "../../../src/stack/plan.ts";
import { graphOf, resource } from "../../graphs.ts";

test("plans the keys and indexes of a table as CreateTable describes them", () => {
  const table = resource("aws:dynamodb/table:Table", "CatalogTable", {
    id: "app-test-catalog",
    inputs: {
      hashKey: "pk",
      rangeKey: "sk",
      attributes: [
        { name: "pk", type: "S" },
        { name: "sk", type: "S" },
        { name: "at", type: "N" },
      ],
      globalSecondaryIndexes: [
        { name: "byTime", hashKey: "at", projectionType: "INCLUDE", nonKeyAttributes: ["x"] },
      ],
      localSecondaryIndexes: [{ name: "byAge", rangeKey: "at", projectionType: "ALL" }],
      ttl: { attributeName: "expiresAt", enabled: true },
    },
  });
  const hash = (AttributeName: string) => ({ AttributeName, KeyType: "HASH" });
  const range = (AttributeName: string) => ({ AttributeName, KeyType: "RANGE" });

  expect(plan(graphOf([table])).tables).toEqual([
    {
      TableName: "app-test-catalog",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
        { AttributeName: "at", AttributeType: "N" },
      ],
      KeySchema: [hash("pk"), range("sk")],
      GlobalSecondaryIndexes: [
        {
          IndexName: "byTime",
          KeySchema: [hash("at")],
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["x"] },
        },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: "byAge",
          KeySchema: [hash("pk"), range("at")],
          Projection: { ProjectionType: "ALL" },
        },
      ],
      BillingMode: "PAY_PER_REQUEST",
    },
  ]);
});
