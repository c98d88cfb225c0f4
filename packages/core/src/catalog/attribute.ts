import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** What an attribute of a record can be. Members of an object that are undefined are left out. */
export type Value = string | number | boolean | { readonly [name: string]: Value | undefined };

/** Turns a value into DynamoDB's form of it. */
export function toAttribute(value: Value): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  return typeof value === "boolean" ? { BOOL: value } : { M: toAttributes(value) };
}

/** Turns the members of an object into DynamoDB's form of them. */
export function toAttributes(values: {
  readonly [name: string]: Value | undefined;
}): Record<string, AttributeValue> {
  const attributes: [string, AttributeValue][] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) attributes.push([name, toAttribute(value)]);
  }
  return Object.fromEntries(attributes);
}

/** Turns DynamoDB's form of an item into values; those of a sort that no record has become undefined. */
export function fromAttributes(item: Record<string, AttributeValue>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(item).map(([name, attribute]) => [name, fromAttribute(attribute)]),
  );
}

function fromAttribute({ S, N, BOOL, M }: AttributeValue): unknown {
  if (N !== undefined) return Number(N);
  return S ?? BOOL ?? (M === undefined ? undefined : fromAttributes(M));
}
