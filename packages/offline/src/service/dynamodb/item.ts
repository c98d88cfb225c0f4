import { UNKNOWN, type ContextValue } from "@waybill/iam";
import { attributesIn, partitionValueIn } from "./expression.ts";
import { type Body, isBody } from "../../edge/derivation.ts";
import type { Requirement } from "../../edge/requirement.ts";

/** Returns the text of a key attribute: `{"S": …}`, `{"N": …}` or `{"B": …}`. */
function keyText(value: unknown): string | undefined {
  if (!isBody(value)) return undefined;
  const [text, ...others] = Object.entries(value).map(([type, content]) =>
    /^[SNB]$/.test(type) ? content : undefined,
  );
  return typeof text === "string" && others.length === 0 ? text : undefined;
}

/**
 * Returns the partition key's value in each key or item. If the name of the partition key is
 * unknown, each key must have only one attribute.
 */
export function leadingKeys(keys: readonly Body[], partitionKey: string | undefined): ContextValue {
  const values = keys.map((key) => {
    if (partitionKey !== undefined)
      return Object.hasOwn(key, partitionKey) ? keyText(key[partitionKey]) : undefined;
    const [only, ...others] = Object.values(key);
    return others.length === 0 ? keyText(only) : undefined;
  });
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? known : UNKNOWN;
}

/** Returns the partition key's value in the key condition of a `Query`. */
export function queriedKey(body: Body, partitionKey: string | undefined): ContextValue {
  const expression = body["KeyConditionExpression"];
  const conditions = body["KeyConditions"];
  if (typeof expression === "string") {
    const placeholder = partitionValueIn(expression, namesOf(body), partitionKey);
    const values = body["ExpressionAttributeValues"];
    const value =
      placeholder !== undefined && isBody(values) ? keyText(values[placeholder]) : undefined;
    return value === undefined ? UNKNOWN : [value];
  }
  if (!isBody(conditions)) return UNKNOWN;
  const [only, ...others] = Object.values(conditions);
  const condition =
    partitionKey === undefined && others.length === 0 ? only : conditions[partitionKey ?? ""];
  if (!isBody(condition) || condition["ComparisonOperator"] !== "EQ") return UNKNOWN;
  const list = condition["AttributeValueList"];
  const value = Array.isArray(list) && list.length === 1 ? keyText(list[0]) : undefined;
  return value === undefined ? UNKNOWN : [value];
}

/** Returns the member `ExpressionAttributeNames`. */
function namesOf(body: Body): ReadonlyMap<string, string> {
  const names = body["ExpressionAttributeNames"];
  const entries = isBody(names) ? Object.entries(names) : [];
  return new Map(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

const EXPRESSIONS = [
  "ProjectionExpression",
  "UpdateExpression",
  "ConditionExpression",
  "FilterExpression",
  "KeyConditionExpression",
];
const BY_ATTRIBUTE = [
  "Key",
  "Item",
  "Expected",
  "AttributeUpdates",
  "KeyConditions",
  "QueryFilter",
  "ScanFilter",
];

/** Returns the top-level attributes that a call names. */
export function attributes(body: Body, keys: readonly Body[] = []): ContextValue {
  const names = namesOf(body);
  const listed = body["AttributesToGet"];
  const all: (string | undefined)[] = [
    ...keys.flatMap((key) => Object.keys(key)),
    ...BY_ATTRIBUTE.flatMap((member) => {
      const value = body[member];
      return isBody(value) ? Object.keys(value) : [];
    }),
    ...EXPRESSIONS.flatMap((member) => {
      const value = body[member];
      return typeof value === "string" ? (attributesIn(value, names) ?? [undefined]) : [];
    }),
    ...(Array.isArray(listed)
      ? listed.map((item) => (typeof item === "string" ? item : undefined))
      : []),
  ];
  const known = all.filter((attribute) => attribute !== undefined);
  return known.length === all.length ? [...new Set(known)] : UNKNOWN;
}

/** Returns `Select`, or its default ("Query" in the DynamoDB API reference). */
export function select(body: Body, index: string | undefined): ContextValue {
  const given = body["Select"];
  if (typeof given === "string") return given;
  if (body["ProjectionExpression"] !== undefined || body["AttributesToGet"] !== undefined) {
    return "SPECIFIC_ATTRIBUTES";
  }
  return index === undefined ? "ALL_ATTRIBUTES" : "ALL_PROJECTED_ATTRIBUTES";
}

/** Returns the parameters that are condition keys. */
export function parameters(body: Body): Requirement["context"] {
  const context: Requirement["context"] = {};
  for (const name of ["ReturnValues", "ReturnConsumedCapacity"]) {
    const value = body[name];
    if (typeof value === "string") context[`dynamodb:${name}`] = value;
  }
  return context;
}

/** Returns the partition key values under both condition keys that AWS has for them. */
export const leading = (values: ContextValue): Requirement["context"] => ({
  "dynamodb:LeadingKeys": values,
  "dynamodb:FirstPartitionKeyValues": values,
});
