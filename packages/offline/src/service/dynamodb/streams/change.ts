import type { Table } from "dynalite";

import { type Attribute, type Item, itemSize, sameItem } from "./attribute.ts";

/** Who deleted an item, if it was not a caller. */
export type Origin = "ttl" | undefined;

/** A change of an item, as it is stored. */
export interface Change {
  /** Milliseconds since the epoch. */
  at: number;
  name: "INSERT" | "MODIFY" | "REMOVE";
  viewType: string;
  keys: Item;
  newImage?: Item;
  oldImage?: Item;
  size: number;
  origin?: "ttl";
}

/**
 * Returns the change of an item as the stream of its table has it. Returns undefined for a write that
 * changes nothing: "If you perform a PutItem or UpdateItem operation that does not change any data in an
 * item, DynamoDB Streams does not write a stream record for that operation." (DynamoDB API reference,
 * "StreamSpecification").
 */
export function changeOf(
  table: Table,
  before: Item | undefined,
  after: Item | undefined,
  at: number,
  origin: Origin,
): Change | undefined {
  const written = after ?? before;
  if (written === undefined) return undefined;
  if (before !== undefined && after !== undefined && sameItem(before, after)) return undefined;
  const viewType = table.StreamSpecification?.StreamViewType ?? "";
  const keys = keysOf(table, written);
  const newImage = viewType.startsWith("NEW_") ? after : undefined;
  const oldImage = /^(OLD_IMAGE|NEW_AND_OLD_IMAGES)$/.test(viewType) ? before : undefined;
  const images = [keys, newImage, oldImage].filter((image) => image !== undefined);
  return {
    at,
    name: nameOf(before, after),
    viewType,
    keys,
    ...(newImage && { newImage }),
    ...(oldImage && { oldImage }),
    // Recorded on AWS: the sum of the sizes of the parts of the record (github.com/Ankcorn/dynamodb-streams-test).
    size: images.reduce((sum, image) => sum + itemSize(image), 0),
    ...(origin && { origin }),
  };
}

function nameOf(before: Item | undefined, after: Item | undefined): Change["name"] {
  if (before === undefined) return "INSERT";
  return after === undefined ? "REMOVE" : "MODIFY";
}

export function keysOf({ KeySchema }: Table, item: Item): Item {
  const attributes = KeySchema.map(({ AttributeName }): [string, Attribute] => [
    AttributeName,
    item[AttributeName] ?? {},
  ]);
  return Object.fromEntries(attributes);
}
