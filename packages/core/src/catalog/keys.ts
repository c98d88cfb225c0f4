import { hash } from "node:crypto";

import { type Identifiable, identityOf } from "./content.ts";

/** Names of the attributes and indexes of the table; `infra/catalog.ts` defines the table with them. */
export const PARTITION = "pk";
export const SORT = "sk";
export const TIME_INDEX = "byTime";
export const MONTH = "month";
export const MOMENT = "moment";
export const CONTENT_INDEX = "byContent";
export const CONTENT = "content";
export const TTL_ATTRIBUTE = "expiresAt";

/** Partitions per bucket. It must not change once a stage has records: the shard of a key depends on it. */
export const SHARDS = 8;

/** The primary key of a record. */
export interface RecordKey {
  readonly pk: string;
  readonly sk: string;
}

/** The key of a record in the index by time. */
export interface TimeKey {
  readonly month: string;
  readonly moment: string;
}

/** The primary key of an object's record. The sort key is exactly the object key: both can have 1,024 bytes. */
export function recordKey(bucket: string, key: string): RecordKey {
  return { pk: partition(bucket, shardOf(digest(key))), sk: key };
}

/** The partitions of a bucket's records, one per shard. */
export function partitions(bucket: string): string[] {
  return Array.from({ length: SHARDS }, (_, shard) => partition(bucket, shard));
}

/** The primary key of an item about the passes over a bucket; no query of records reads it. */
export function passKey(bucket: string, name: string): RecordKey {
  return { pk: `${bucket}#passes`, sk: name };
}

/** The bucket and the object key of a primary key. */
export function placeOf({ pk, sk }: RecordKey): { bucket: string; key: string } {
  return { bucket: pk.slice(0, pk.lastIndexOf("#")), key: sk };
}

/**
 * The key in the index by time, from the time of arrival as an ISO-8601 UTC string. It has a hash of the
 * object key to make equal times distinct: the object key itself can use all bytes of a sort key.
 */
export function timeKey(bucket: string, key: string, arrivedAt: string): TimeKey {
  const keyHash = digest(key);
  return {
    month: monthPartition(bucket, arrivedAt.slice(0, 7), shardOf(keyHash)),
    moment: `${arrivedAt}#${keyHash}`,
  };
}

/** A partition of the index by time; `month` is `yyyy-mm`. */
export function monthPartition(bucket: string, month: string, shard: number): string {
  return `${bucket}#${month}#${shardName(shard)}`;
}

/**
 * The key in the index by content, from the identity of a content; undefined for an object that is not
 * in that index.
 */
export function contentKey(bucket: string, described: Identifiable): string | undefined {
  const identity = identityOf(described);
  return identity === undefined ? undefined : contentPartition(bucket, identity);
}

/** The partition of the index by content with the objects of one identity. */
export function contentPartition(bucket: string, identity: string): string {
  return `${bucket}#${identity}`;
}

/** The identity under which the index by content has an object; undefined if it does not. */
export function indexedIdentity(
  bucket: string,
  item: Readonly<Record<string, unknown>>,
): string | undefined {
  const stored = item[CONTENT];
  const start = contentPartition(bucket, "");
  return typeof stored === "string" && stored.startsWith(start)
    ? stored.slice(start.length)
    : undefined;
}

function partition(bucket: string, shard: number): string {
  return `${bucket}#${shardName(shard)}`;
}

function shardName(shard: number): string {
  return shard.toString(16).padStart(2, "0");
}

/** 64 bits of SHA-256: stable and evenly distributed. */
function digest(key: string): string {
  return hash("sha256", key, "hex").slice(0, 16);
}

function shardOf(keyHash: string): number {
  return Number.parseInt(keyHash.slice(0, 2), 16) % SHARDS;
}
