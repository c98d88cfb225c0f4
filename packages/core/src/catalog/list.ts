import { QueryCommand } from "@aws-sdk/lib-dynamodb";

import { dynamodb } from "../aws/dynamodb.ts";
import { InputError } from "../error.ts";
import { MAX_KEY_BYTES } from "../notification/key.ts";
import { catalogTable, filesBucket } from "../resource.ts";
import { compareBytes, lastKeyWith } from "./byte-order.ts";
import { PARTITION, partitions, SHARDS, SORT } from "./keys.ts";
import { Merge, type Page } from "./merge.ts";
import { type FileRecord, parseItem } from "./record.ts";

const MAX_LIMIT = 1000;

/** How many items each shard is first asked for where most of them may be skipped. */
const FIRST_LIMIT = 16;

export interface ListOptions {
  /** Only keys that begin with it. */
  readonly prefix?: string | undefined;
  /** Keys that have it after the prefix are grouped: up to and with its first occurrence, they are one entry of `prefixes`. */
  readonly delimiter?: string | undefined;
  /** Only what comes after it: a key, or an entry of `prefixes`. */
  readonly startAfter?: string | undefined;
  /** Entries, records and prefixes together: 1 to 1,000. */
  readonly limit: number;
}

export interface Listing {
  /** In byte order of their keys, as S3 lists them. */
  readonly records: FileRecord[];
  readonly prefixes: string[];
  /** Keys whose items do not fit this version of Waybill, as those a newer one wrote may not, and why. */
  readonly unfit: { readonly key: string; readonly reason: string }[];
  /** The `startAfter` of the next page; undefined if this is the last. */
  readonly next?: string | undefined;
}

/**
 * One page of what the catalogue holds, in the order and with the meaning of S3's `ListObjectsV2`.
 * Deleted objects are not listed.
 *
 * Reads are strongly consistent, so that a page holds every record written before it was asked for
 * and can be compared with a listing of the bucket. Throws an `InputError` if an option is out of range.
 */
export async function list(options: ListOptions): Promise<Listing> {
  const { prefix = "", delimiter = "", startAfter = "", limit } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new InputError("catalog.bad_limit", `The limit must be 1 to ${MAX_LIMIT}, not ${limit}.`);
  }
  if (Buffer.byteLength(startAfter) > MAX_KEY_BYTES) {
    throw new InputError(
      "catalog.bad_start",
      `What to start after is a key, so it has at most ${MAX_KEY_BYTES} bytes.`,
    );
  }
  const listing: Listing = { records: [], prefixes: [], unfit: [] };
  const start = startOf(prefix, delimiter, startAfter);
  if (start === undefined) return listing;

  const merge = new Merge(
    partitions(filesBucket()).map((pk) => (after, limit) => readPage(pk, prefix, after, limit)),
    { after: start.after, limit: delimiter === "" ? readAhead(limit) : FIRST_LIMIT },
  );
  let last = "";
  for (let entries = 0; ; entries++) {
    const next = await merge.peek();
    if (next === undefined) return listing;
    if (entries === limit) return { ...listing, next: last };
    const group = groupOf(next.key, prefix, delimiter);
    if (group === undefined) {
      last = next.key;
      addRecord(listing, next);
      merge.skipPast(last);
    } else {
      last = group;
      listing.prefixes.push(group);
      merge.skipPast(lastKeyWith(group));
    }
  }
}

/** The entry of `prefixes` that a key belongs to, if it does. */
function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** After which key of the prefix to begin; undefined if all of the prefix comes before it. */
function startOf(
  prefix: string,
  delimiter: string,
  startAfter: string,
): { readonly after?: string } | undefined {
  if (Buffer.byteLength(prefix) > MAX_KEY_BYTES) return undefined;
  if (!startAfter.startsWith(prefix)) {
    return compareBytes(startAfter, prefix) < 0 ? {} : undefined;
  }
  if (startAfter === "") return {};
  // What belongs to an entry of `prefixes` came with that entry.
  const group = groupOf(startAfter, prefix, delimiter);
  return { after: group === undefined ? startAfter : lastKeyWith(group) };
}

/** Shards are uneven by chance: with two standard deviations more than its share, one read is mostly enough. */
function readAhead(limit: number): number {
  const share = limit / SHARDS;
  return Math.min(MAX_LIMIT, Math.ceil(share + 2 * Math.sqrt(share)) + 1);
}

interface Found {
  readonly key: string;
  readonly item: Record<string, unknown>;
}

async function readPage(
  pk: string,
  prefix: string,
  after: string | undefined,
  limit: number,
): Promise<Page<Found>> {
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({
      TableName: catalogTable(),
      ConsistentRead: true,
      Limit: limit,
      // The key condition does not take an empty string.
      KeyConditionExpression:
        prefix === "" ? "#pk = :pk" : "#pk = :pk AND begins_with(#sk, :prefix)",
      FilterExpression: "#state <> :deleted",
      ExpressionAttributeNames: {
        "#pk": PARTITION,
        "#state": "state",
        ...(prefix === "" ? {} : { "#sk": SORT }),
      },
      ExpressionAttributeValues: {
        ":pk": pk,
        ":deleted": "deleted",
        ...(prefix === "" ? {} : { ":prefix": prefix }),
      },
      ...(after === undefined ? {} : { ExclusiveStartKey: { pk, sk: after } }),
    }),
  );
  return {
    items: Items.map((item) => ({ key: String(item[SORT]), item })),
    next: LastEvaluatedKey === undefined ? undefined : String(LastEvaluatedKey[SORT]),
  };
}

function addRecord({ records, unfit }: Listing, { key, item }: Found): void {
  try {
    records.push(parseItem(item));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    unfit.push({ key, reason: error.message });
  }
}
