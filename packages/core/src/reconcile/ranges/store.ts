import pLimit from "p-limit";

import { PARTITION, passKey, SORT } from "../../catalog/keys.ts";
import { passItemOf, readPassItem, writePassItem } from "../../catalog/pass-items.ts";
import { type Item, newReads, readItems } from "../../catalog/reads.ts";
import { InputError } from "../../error.ts";
import { filesBucket } from "../../resource.ts";
import { PassHead, RangeItem } from "./range-item.ts";

/** An item of a pass. It changes with every write of it. */
export interface Stored<T> {
  readonly value: T;
  readonly rev: number;
}

/** Days that the ranges of a pass are kept. */
const RETENTION_DAYS = 90;

const headName = (pass: string) => `pass#${pass}`;
const rangeName = (pass: string, range: string) => `range#${pass}#${range}`;

/** The head of a pass. Throws an `InputError` (`reconcile.no_pass`), or a `ServiceError`. */
export async function readHead(pass: string): Promise<PassHead> {
  const head = await findHead(pass);
  if (head) return head;
  throw new InputError("reconcile.no_pass", `The catalog has no pass ${pass}.`);
}

/** The head of a pass, if there is one. Throws a `ServiceError` (`catalog.read_failed`). */
export async function findHead(pass: string): Promise<PassHead | undefined> {
  const { value } = await readPassItem(headName(pass));
  return value === undefined ? undefined : PassHead.parse(value);
}

/** Creates a pass, unless it exists. Throws a `ServiceError` (`reconcile.not_recorded`). */
export const createHead = (pass: string, head: PassHead): Promise<boolean> =>
  write(headName(pass), head, 0);

/** Writes of one pass at a time: a plan can have thousands of ranges. */
const limit = pLimit(32);

/** Creates ranges, unless they exist. Throws a `ServiceError` (`reconcile.not_recorded`). */
export async function createRanges(pass: string, ranges: readonly RangeItem[]): Promise<void> {
  await Promise.all(ranges.map((range) => limit(() => write(rangeName(pass, range.id), range, 0))));
}

/**
 * Writes a range if it is as it was read; returns whether it was. Throws a `ServiceError`
 * (`reconcile.not_recorded`).
 */
export const saveRange = (pass: string, range: RangeItem, rev: number): Promise<boolean> =>
  limit(() => write(rangeName(pass, range.id), range, rev));

/** A range of a pass. Throws an `InputError` (`reconcile.no_range`), or a `ServiceError`. */
export async function readRange(pass: string, id: string): Promise<Stored<RangeItem>> {
  const { value, rev } = await readPassItem(rangeName(pass, id));
  if (value !== undefined) return { value: RangeItem.parse(value), rev };
  throw new InputError("reconcile.no_range", `The pass ${pass} has no range ${id}.`);
}

/** All ranges of a pass. Throws a `ServiceError` (`catalog.read_failed`). */
export async function readRanges(pass: string): Promise<Stored<RangeItem>[]> {
  const { pk, sk } = passKey(filesBucket(), rangeName(pass, ""));
  const ranges: Stored<RangeItem>[] = [];
  let start: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await readItems(
      {
        ConsistentRead: true,
        KeyConditionExpression: "#pk = :pk AND begins_with(#sk, :sk)",
        ExpressionAttributeNames: { "#pk": PARTITION, "#sk": SORT },
        ExpressionAttributeValues: { ":pk": pk, ":sk": sk },
        ExclusiveStartKey: start,
      },
      newReads(),
    );
    ranges.push(...Items.map(parseRange));
    start = LastEvaluatedKey;
  } while (start);
  return ranges;
}

function parseRange(item: Item): Stored<RangeItem> {
  const { value, rev } = passItemOf(item);
  return { value: RangeItem.parse(value), rev };
}

const write = (name: string, value: object, rev: number): Promise<boolean> =>
  writePassItem(name, value, rev, { keptDays: RETENTION_DAYS });
