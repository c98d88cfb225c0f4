import { describe, expect, test } from "vitest";

import { compileFilters, FilterError } from "../../../src/service/lambda/filter.ts";

const filters = (...patterns: unknown[]) =>
  compileFilters(patterns.map((pattern) => JSON.stringify(pattern)));
const onBody = (pattern: unknown) => compileFilters([JSON.stringify(pattern)], "body");

const record = {
  eventName: "INSERT",
  dynamodb: {
    Keys: { CustomerName: { S: "AnyCompany Industries" } },
    NewImage: { Paid: { BOOL: true }, Total: { N: "12" }, Note: { NULL: true }, Empty: { S: "" } },
  },
};
const image = (rules: unknown) => ({ dynamodb: { NewImage: rules } });

// The examples of "Filter rule syntax" and "Using event filtering with a DynamoDB event source".
test.each([
  [true, { eventName: ["INSERT"] }],
  [false, { eventName: ["insert"] }],
  [true, { eventName: [{ "equals-ignore-case": "insert" }] }],
  [true, { eventName: ["MODIFY", "INSERT"] }],
  [false, { eventName: [{ "anything-but": ["INSERT"] }] }],
  [true, { dynamodb: { Keys: { CustomerName: { S: ["AnyCompany Industries"] } } } }],
  [true, { dynamodb: { Keys: { CustomerName: { S: [{ prefix: "Any" }] } } } }],
  [true, { dynamodb: { Keys: { CustomerName: { S: [{ suffix: "ies" }] } } } }],
  [true, image({ Paid: { BOOL: [true] } })],
  [true, image({ Empty: { S: [""] } })],
  [true, image({ Total: { N: [{ exists: true }] } })],
  [true, image({ Other: { S: [{ exists: false }] } })],
  // "DynamoDB numbers are strings in records."
  [false, image({ Total: { N: [{ numeric: [">", 1] }] } })],
  [true, image({ Total: { N: ["12"] } })],
  // "Exists matching only works on leaf nodes."
  [false, image({ Total: [{ exists: true }] })],
  [true, { $or: [{ eventName: ["REMOVE"] }, image({ Paid: { BOOL: [true] } })] }],
  [false, { eventName: ["INSERT"], ...image({ Paid: { BOOL: [false] } }) }],
])("returns %s for %j", (sent, pattern) => {
  expect(filters(pattern)(record)).toBe(sent);
});

test("a record is sent if one of the filters matches, or if there are none", () => {
  expect(filters({ eventName: ["REMOVE"] }, { eventName: ["INSERT"] })(record)).toBe(true);
  expect(filters({ eventName: ["REMOVE"] }, { eventName: ["MODIFY"] })(record)).toBe(false);
  expect(compileFilters([])(record)).toBe(true);
});

describe("the body of a message", () => {
  const json = { body: '{"code":"BBBB","count":9,"deep":{"a":null}}' };
  const plain = { body: "BBBB" };

  test.each([
    ["a text with rules for text", true, plain, { body: ["BBBB"] }],
    ["a text with a rule of text", true, plain, { body: [{ prefix: "BB" }] }],
    ["another text", false, plain, { body: ["AAAA"] }],
    ["a text with rules for JSON", false, plain, { body: { code: ["BBBB"] } }],
    [
      "a text with a rule that JSON has no value",
      false,
      plain,
      { body: { x: [{ exists: false }] } },
    ],
    ["a text without rules", true, plain, { eventSource: [{ exists: false }] }],
    ["JSON with rules for text", false, json, { body: ["BBBB"] }],
    ["JSON with rules for JSON", true, json, { body: { code: ["BBBB"] } }],
    ["JSON with a numeric rule", true, json, { body: { count: [{ numeric: [">", 5, "<", 10] }] } }],
    ["JSON with null", true, json, { body: { deep: { a: [null] } } }],
    ["JSON with another value", false, json, { body: { code: ["AAAA"] } }],
    ["JSON without rules", true, json, { eventSource: [{ exists: false }] }],
    ["a JSON text that is not an object", true, { body: '"a"' }, { body: ['"a"'] }],
    ["a list in JSON", true, { body: '[{"code":"A"}]' }, { body: { code: ["A"] } }],
    ["a text with alternatives", true, plain, { $or: [{ body: { a: [1] } }, { body: ["BBBB"] }] }],
  ])("%s: %s", (_, sent, message, pattern) => {
    expect(onBody(pattern)(message)).toBe(sent);
  });
});

test.each([
  ["a text", '"single-string"'],
  ["a text that is not JSON", '[{"eventName": ["INSERT"=123}]'],
  ["a list", '[{"eventName": ["INSERT"]}]'],
  ["a value that is not in a list", '{"eventName": "INSERT"}'],
  ["an empty list", '{"eventName": []}'],
  ["an unknown operator", '{"eventName": [{"starts": "I"}]}'],
  ["an operator that only EventBridge has", '{"eventName": [{"wildcard": "I*"}]}'],
  ["the same within anything-but", '{"eventName": [{"anything-but": {"wildcard": "I*"}}]}'],
  ["the same in an alternative", '{"$or": [{"a": [{"cidr": "10.0.0.0/8"}]}, {"b": [1]}]}'],
  ["a number that is out of range", '{"a": [{"numeric": ["=", 6000000000]}]}'],
  ["a pattern that is too long", JSON.stringify({ a: ["x".repeat(5000)] })],
])("rejects %s", (_, pattern) => {
  expect(() => compileFilters([pattern])).toThrow(FilterError);
});

test("rejects more than five filters", () => {
  const pattern = JSON.stringify({ a: [1] });

  expect(() => compileFilters(Array.from({ length: 6 }, () => pattern))).toThrow("at most 5");
});

test("accepts members that have the name of an operator", () => {
  expect(
    filters({ wildcard: ["a"], cidr: { wildcard: [1] } })({ wildcard: "a", cidr: { wildcard: 1 } }),
  ).toBe(true);
});
