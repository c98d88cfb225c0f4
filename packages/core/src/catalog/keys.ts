import { hash } from "node:crypto";

/** Names of the table's attributes and indexes that its definition must repeat. */
export const PARTITION = "pk";
export const SORT = "sk";
export const TIME_INDEX = "byTime";
export const MONTH = "month";
export const MOMENT = "moment";
export const CONTENT_INDEX = "byContent";
export const CONTENT = "content";
export const TTL_ATTRIBUTE = "expiresAt";

/** Partitions per bucket. Fixed once a stage has records: a key's shard must never change. */
export const SHARDS = 8;

/** Where the record of one object is in the table. */
export interface RecordKey {
  readonly pk: string;
  readonly sk: string;
}

/** Where a record stands in the index by time. */
export interface TimeKey {
  readonly month: string;
  readonly moment: string;
}

/** The primary key of an object's record. The sort key is the object key and nothing else: both may have 1,024 bytes. */
export function recordKey(bucket: string, key: string): RecordKey {
  return { pk: partition(bucket, shardOf(digest(key))), sk: key };
}

/** The partitions that hold a bucket's records, one per shard. */
export function partitions(bucket: string): string[] {
  return Array.from({ length: SHARDS }, (_, shard) => partition(bucket, shard));
}

/** The bucket and the object key that a primary key stands for. */
export function placeOf({ pk, sk }: RecordKey): { bucket: string; key: string } {
  return { bucket: pk.slice(0, pk.lastIndexOf("#")), key: sk };
}

/**
 * The key in the index by time, from `lastModified` as an ISO-8601 UTC string. It cannot hold the
 * object key, which alone may have all the bytes a sort key may have; a hash tells equal times apart.
 */
export function timeKey(bucket: string, key: string, lastModified: string): TimeKey {
  const keyHash = digest(key);
  return {
    month: monthPartition(bucket, lastModified.slice(0, 7), shardOf(keyHash)),
    moment: `${lastModified}#${keyHash}`,
  };
}

/** A partition of the index by time; `month` is `yyyy-mm`. */
export function monthPartition(bucket: string, month: string, shard: number): string {
  return `${bucket}#${month}#${shardName(shard)}`;
}

/** The key in the index by content; undefined, which keeps a record out of it, for empty objects. */
export function contentKey(
  bucket: string,
  etag: string | undefined,
  size: number | undefined,
): string | undefined {
  return etag && size !== 0 ? `${bucket}#${etag}` : undefined;
}

function partition(bucket: string, shard: number): string {
  return `${bucket}#${shardName(shard)}`;
}

function shardName(shard: number): string {
  return shard.toString(16).padStart(2, "0");
}

/** 64 bits of SHA-256: the same on every machine for all time, and evenly spread. */
function digest(key: string): string {
  return hash("sha256", key, "hex").slice(0, 16);
}

function shardOf(keyHash: string): number {
  return Number.parseInt(keyHash.slice(0, 2), 16) % SHARDS;
}
