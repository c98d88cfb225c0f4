import { UNKNOWN, type ContextValue } from "@waybill/iam";
import { attributesIn, partitionValueIn } from "./expression.ts";
import { type Body, isBody } from "../../edge/derivation.ts";
import type { Requirement } from "../../edge/requirement.ts";

/** The text of a key's value, which is `{"S": …}`, `{"N": …}` or `{"B": …}`. */
function keyText(value: unknown): string | undefined {
  if (!isBody(value)) return undefined;
  const [text, ...others] = Object.entries(value).map(([type, held]) =>
    /^[SNB]$/.test(type) ? held : undefined,
  );
  return typeof text === "string" && others.length === 0 ? text : undefined;
}

/** The partition key's value in each key or item. A key of one attribute is the partition key. */
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

/** The partition key's value that a `Query` asks for. */
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

/** `ExpressionAttributeNames`. */
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

/** Every attribute that a call names, at the top level; absent where it names none. */
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

/** What `Select` is where it is not given: the defaults that the API Reference names at `Query`. */
export function select(body: Body, index: string | undefined): ContextValue {
  const given = body["Select"];
  if (typeof given === "string") return given;
  if (body["ProjectionExpression"] !== undefined || body["AttributesToGet"] !== undefined) {
    return "SPECIFIC_ATTRIBUTES";
  }
  return index === undefined ? "ALL_ATTRIBUTES" : "ALL_PROJECTED_ATTRIBUTES";
}

/** Parameters that are condition keys as they are given. */
export function parameters(body: Body): Requirement["context"] {
  const context: Requirement["context"] = {};
  for (const name of ["ReturnValues", "ReturnConsumedCapacity"]) {
    const value = body[name];
    if (typeof value === "string") context[`dynamodb:${name}`] = value;
  }
  return context;
}

/** `LeadingKeys`, under both names that AWS gives it. */
export const leading = (values: ContextValue): Requirement["context"] => ({
  "dynamodb:LeadingKeys": values,
  "dynamodb:FirstPartitionKeyValues": values,
});
