import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  contentKey,
  contentPartition,
  indexedIdentity,
  monthPartition,
  partitions,
  placeOf,
  recordKey,
  SHARDS,
  timeKey,
} from "../../src/catalog/keys.ts";

const BUCKET = "a-bucket.with-63-characters-".padEnd(63, "x");
const keys = fc.string({ unit: "binary", minLength: 1, maxLength: 250 });

describe("a record's key", () => {
  test("is in one of the bucket's partitions and has the object key as its sort key", () => {
    fc.assert(
      fc.property(keys, (key) => {
        const { pk, sk } = recordKey(BUCKET, key);
        expect(partitions(BUCKET)).toContain(pk);
        expect(sk).toBe(key);
      }),
    );
  });

  test("can be converted back to bucket and key", () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(placeOf(recordKey(BUCKET, key))).toEqual({ bucket: BUCKET, key });
      }),
    );
  });

  // The first byte of the published SHA-256 of each, modulo 8.
  test.each([
    ["", 0xe3 % 8],
    ["a", 0xca % 8],
    ["abc", 0xba % 8],
    ["The quick brown fox jumps over the lazy dog", 0xd7 % 8],
  ])("always has the same shard, or records would be lost: %j", (key, shard) => {
    expect(recordKey("b", key).pk).toBe(`b#0${shard}`);
  });

  test("is distributed over all shards, even if keys differ only in a number", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 8000; i++) {
      const { pk } = recordKey(BUCKET, `logs/2026/03/01/part-${i}.json`);
      counts.set(pk, (counts.get(pk) ?? 0) + 1);
    }
    expect(counts.size).toBe(SHARDS);
    expect(Math.min(...counts.values())).toBeGreaterThan(850);
    expect(Math.max(...counts.values())).toBeLessThan(1150);
  });
});

describe("the key in the index by time", () => {
  test("sorts by time within a partition of the month", () => {
    const early = timeKey(BUCKET, "k", "2026-03-01T00:00:00.000Z");
    const late = timeKey(BUCKET, "k", "2026-03-31T23:59:59.999Z");
    expect(early.month).toBe(late.month);
    expect(early.moment < late.moment).toBe(true);
    expect(timeKey(BUCKET, "k", "2026-04-01T00:00:00.000Z").month).not.toBe(early.month);
  });

  test("is in a partition that can be computed without the key", () => {
    fc.assert(
      fc.property(keys, (key) => {
        const { month } = timeKey(BUCKET, key, "2026-03-01T00:00:00.000Z");
        const named = Array.from({ length: SHARDS }, (_, shard) =>
          monthPartition(BUCKET, "2026-03", shard),
        );
        expect(named).toContain(month);
      }),
    );
  });

  test("distinguishes files of the same time", () => {
    const time = "2026-03-01T00:00:00.000Z";
    expect(timeKey(BUCKET, "a", time).moment).not.toBe(timeKey(BUCKET, "b", time).moment);
  });

  test("stays within the limits of DynamoDB for the longest key and the latest time", () => {
    const { month, moment } = timeKey(BUCKET, "😀".repeat(256), new Date(8.64e15).toISOString());
    expect(Buffer.byteLength(month)).toBeLessThanOrEqual(2048);
    expect(Buffer.byteLength(moment)).toBeLessThanOrEqual(1024);
  });
});

describe("the key in the index by content", () => {
  const CRC = { checksums: { CRC64NVME: "AAAAAAAAAAA=" }, checksumType: "FULL_OBJECT" };

  test("is that of the full object's CRC64NVME and the size, whatever the ETag", () => {
    const once = contentKey("b", { size: 9, etag: "e", ...CRC });
    expect(once).toBe("b#crc64nvme:AAAAAAAAAAA=:9");
    expect(contentKey("b", { size: 9, etag: "f-3", ...CRC })).toBe(once);
    expect(contentKey("b", { size: 8, etag: "e", ...CRC })).not.toBe(once);
    expect(contentKey("c", { size: 9, etag: "e", ...CRC })).not.toBe(once);
  });

  test.each([
    ["there is none", {}],
    ["it is that of the parts", { ...CRC, checksumType: "COMPOSITE" }],
    ["there is only a short one", { ...CRC, checksums: { CRC32: "AAAAAA==" } }],
  ])("is the ETag if %s", (_, checksums) => {
    expect(contentKey("b", { size: 9, etag: "e", ...checksums })).toBe("b#e");
  });

  test("is undefined for empty files, which all have the same content, and for unknown content", () => {
    expect(contentKey("b", { size: 0, etag: "e", ...CRC })).toBeUndefined();
    expect(contentKey("b", { size: 1 })).toBeUndefined();
  });

  test("is the ETag if only the size is unknown", () => {
    expect(contentKey("b", { etag: "e" })).toBe("b#e");
  });

  test("can be converted back to the identity, which can have the separator", () => {
    for (const identity of ["e", "crc64nvme:AAAAAAAAAAA=:9", "e#f", "#"]) {
      const item = { content: contentPartition("b", identity) };
      expect(indexedIdentity("b", item)).toBe(identity);
    }
  });

  test("is not read from an item that is not in the index", () => {
    for (const item of [{}, { content: 1 }, { content: "c#e" }]) {
      expect(indexedIdentity("b", item)).toBeUndefined();
    }
  });
});
