import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { duplicates, type DuplicatesPage, get } from "@waybill/core/catalog";
import { DuplicatesQuery, parseQuery } from "@waybill/core/catalog/query";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { bucket, offline, recordOf, s3, unique } from "../support.ts";
import { keyEnds } from "./arbitrary.ts";
import { listedByS3, putFiles } from "./bucket.ts";
import { inByteOrder, keysOf, writeFiles } from "./catalog.ts";

const parse = (query: Record<string, unknown>) => parseQuery(DuplicatesQuery, query);

/** Returns the keys of all pages. */
async function duplicatesOf(query: Record<string, unknown>, limit = 100): Promise<string[]> {
  const keys = [];
  let next: DuplicatesPage["next"];
  do {
    const page = await duplicates(parse({ ...query, ...next, limit }));
    if (!page) throw new Error(`the catalog has no record for ${JSON.stringify(query)}`);
    expect(page.records.length).toBeLessThanOrEqual(limit);
    keys.push(...keysOf(page.records));
    next = page.next;
  } while (next);
  return keys;
}

describe.runIf(offline)("over random files", () => {
  test("finds files with the same content in key order, at every page size", async () => {
    await fc.assert(
      fc.asyncProperty(keyEnds, keyEnds, async (ends, otherEnds) => {
        const root = unique("");
        const [etag, other] = [crypto.randomUUID(), crypto.randomUUID()];
        const files = ends.map((end) => ({ key: root + end, etag }));
        await writeFiles(files);
        await writeFiles(otherEnds.map((end) => ({ key: `${root}other/${end}`, etag: other })));
        for (let limit = 1; limit <= files.length + 1; limit += 2) {
          expect(await duplicatesOf({ etag: `"${etag}"` }, limit)).toEqual(
            keysOf(inByteOrder(files)),
          );
        }
      }),
      { numRuns: 10 },
    );
  });
});

/** A checksum that no other test uses. */
const newChecksum = () => Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("base64");

test("finds files with the same checksum and size, whatever their ETags", async () => {
  const root = unique("");
  const crc64nvme = newChecksum();
  const file = (name: string) => ({ key: root + name, etag: crypto.randomUUID(), size: 9 });
  await writeFiles([
    { ...file("kms"), crc64nvme },
    { ...file("one"), crc64nvme },
    { ...file("parts"), crc64nvme },
    { ...file("longer"), crc64nvme, size: 10 },
    { ...file("other"), crc64nvme: newChecksum() },
  ]);
  const identity = `crc64nvme:${crc64nvme}:9`;
  const same = ["kms", "one", "parts"].map((name) => root + name);
  await expect.poll(() => duplicatesOf({ key: `${root}parts` })).toEqual(same);
  expect(await duplicatesOf({ content: identity }, 1)).toEqual(same);
  expect(await duplicates(parse({ key: `${root}one` }))).toMatchObject({
    content: { kind: "crc64nvme", identity },
  });
  expect(await duplicatesOf({ key: `${root}other` })).toEqual([`${root}other`]);
});

test("identifies a file without a checksum by its ETag, and others not", async () => {
  const root = unique("");
  const etag = crypto.randomUUID();
  const key = `${root}without`;
  await writeFiles([
    { key, etag },
    { key: `${root}with`, etag, crc64nvme: newChecksum() },
  ]);
  for (const query of [{ key }, { etag }, { content: etag }]) {
    await expect.poll(() => duplicatesOf(query)).toEqual([key]);
    const page = await duplicates(parse(query));
    expect(page?.content).toEqual({ kind: "etag", identity: etag });
  }
});

test("compares a record of the first release by its ETag, also if it has a checksum", async () => {
  const root = unique("");
  const [etag, crc64nvme] = [crypto.randomUUID(), newChecksum()];
  const former = [`${root}a`, `${root}b`];
  await writeFiles([
    ...former.map((key) => ({ key, etag, crc64nvme, isFormer: true })),
    { key: `${root}new`, etag, crc64nvme },
  ]);
  await expect.poll(() => duplicatesOf({ key: former[0] })).toEqual(former);
  const page = await duplicates(parse({ key: former[0] }));
  expect(page?.content).toEqual({ kind: "etag", identity: etag });
  expect(await duplicatesOf({ key: `${root}new` })).toEqual([`${root}new`]);
});

test("finds the same bytes uploaded in one part, in parts and with KMS", async () => {
  const root = unique("");
  const [kms, one, parts] = [`${root}kms`, `${root}one`, `${root}parts`];
  const bytes = Buffer.concat([Buffer.alloc(5 * 1024 * 1024, root), Buffer.from("the end")]);
  const ChecksumAlgorithm = "CRC64NVME";
  const file = { Bucket: bucket, Body: bytes, ChecksumAlgorithm } as const;
  await s3.send(new PutObjectCommand({ ...file, Key: one }));
  await s3.send(new PutObjectCommand({ ...file, Key: kms, ServerSideEncryption: "aws:kms" }));
  await uploadInParts(parts, [bytes.subarray(0, -7), bytes.subarray(-7)]);

  const same = [kms, one, parts];
  await expect
    .poll(async () => (await get(parts)) && duplicatesOf({ key: parts }), { timeout: 60_000 })
    .toEqual(same);
  const records = await Promise.all(same.map((key) => get(key)));
  expect(new Set(records.map((record) => record?.state === "present" && record.etag)).size).toBe(3);
});

async function uploadInParts(key: string, bodies: readonly Uint8Array[]): Promise<void> {
  const target = { Bucket: bucket, Key: key };
  const ChecksumAlgorithm = "CRC64NVME";
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm }),
  );
  const Parts = [];
  for (const [index, Body] of bodies.entries()) {
    const part = { UploadId, PartNumber: index + 1 };
    const { ETag, ChecksumCRC64NVME } = await s3.send(
      new UploadPartCommand({ ...target, ...part, Body, ChecksumAlgorithm }),
    );
    Parts.push({ ETag, ChecksumCRC64NVME, PartNumber: part.PartNumber });
  }
  await s3.send(
    new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
  );
}

test("finds the objects to which S3 gives the same ETag", async () => {
  const root = unique("");
  const copies = ["a", "B", "z/z"].map((end) => `${root}same/${end}`);
  await putFiles(`${root}same/`, copies, { Body: root });
  await putFiles(`${root}other/`, [`${root}other/a`], { Body: `not ${root}` });
  const [first] = await listedByS3(`${root}same/`);

  await expect.poll(() => duplicatesOf({ key: copies[0] })).toEqual(copies.toSorted());
  expect(await duplicatesOf({ etag: first?.etag })).toEqual(copies.toSorted());
});

test("returns no duplicates of an empty file, and nothing for a missing one", async () => {
  const key = unique("empty");
  await putFiles(key, [key], { Body: "" });
  await recordOf(key, { size: 0 });
  const page = await duplicates(parse({ key }));
  expect(page?.content).toBeUndefined();
  expect(page?.records).toEqual([]);
  expect(await duplicates(parse({ key: unique("missing") }))).toBeUndefined();
});

test("excludes deleted files", async () => {
  const root = unique("");
  const etag = crypto.randomUUID();
  await writeFiles([
    { key: `${root}a`, etag },
    { key: `${root}b`, etag, state: "deleted" },
  ]);
  await expect.poll(() => duplicatesOf({ etag })).toEqual([`${root}a`]);
  expect(await duplicates(parse({ key: `${root}b` }))).toBeUndefined();
});
