import { expect, test } from "vitest";

import { graphOf, only } from "./graph.ts";

const table = only(graphOf("dev"), "aws:dynamodb/table:Table").inputs;

test("the table has keys by partition and object key, and indexes by time and by content", () => {
  expect(table).toMatchObject({
    hashKey: "pk",
    rangeKey: "sk",
    globalSecondaryIndexes: [
      { name: "byTime", hashKey: "month", rangeKey: "moment", projectionType: "ALL" },
      { name: "byContent", hashKey: "content", rangeKey: "sk", projectionType: "KEYS_ONLY" },
    ],
  });
});

test("the table is billed on demand", () => {
  expect(table["billingMode"]).toBe("PAY_PER_REQUEST");
});

test("the table has point-in-time recovery", () => {
  expect(table["pointInTimeRecovery"]).toEqual({ enabled: true });
});

test("the table deletes expired tombstones", () => {
  expect(table["ttl"]).toEqual({ attributeName: "expiresAt", enabled: true });
});

test("the table has no stream", () => {
  expect(table["streamEnabled"]).toBe(false);
});
