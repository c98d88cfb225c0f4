import { HeadObjectCommand, type HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { type FileRecord, get, list, type ListPage } from "@waybill/core/catalog";
import { expect } from "vitest";

import { NULL } from "./bucket.ts";
import type { Scene } from "./scene.ts";

/**
 * Expects the catalog to agree with the model and with S3, read by key and listed in pages. Returns the
 * records of the present objects.
 */
export async function expectCatalogMatchesBucket(scene: Scene): Promise<FileRecord[]> {
  const { model } = scene;
  const records: FileRecord[] = [];
  for (const key of model.keys()) {
    const record = await get(key);
    if (model.current(key) === undefined) {
      expect(record, `the record of the deleted key ${key}`).toBeUndefined();
      const tombstone = await get(key, { deleted: true });
      expect(tombstone?.state, `the tombstone of ${key}`).toBe("deleted");
      continue;
    }
    if (record === undefined) throw new Error(`the catalog has no record of ${key}`);
    await expectRecord(record, key, scene);
    records.push(record);
  }
  expect(await listedKeys(), "the keys that the catalog lists").toEqual(model.presentKeys());
  return records;
}

async function expectRecord(record: FileRecord, key: string, scene: Scene): Promise<void> {
  const { s3, bucket, model } = scene;
  const object = model.current(key);
  if (object?.customerKey) {
    expect(record, `the record of ${key}, which S3 cannot describe`).toMatchObject({
      state: "unreadable",
      unreadable: { reason: "customer_key" },
    });
    return;
  }
  const head = await s3.send(
    new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: "ENABLED" }),
  );
  expect(record, `the record of ${key}`).toMatchObject({
    bucket,
    key,
    state: "present",
    ...fieldsOf(head),
    etag: object?.etag,
    size: Buffer.byteLength(object?.text ?? ""),
    storageClass: object?.storageClass,
    metadata: object?.metadata,
  });
  if (record.state !== "present") throw new Error(`the record of ${key} is not present`);
  // Once versioning is enabled, an existing object is the version "null". S3 sends no event for that.
  expect(record.versionId ?? NULL, `the version of ${key}`).toBe(model.versions(key)[0]?.id);
  expect(record.restore?.ongoing, `the restored copy of ${key}`).toBe(
    object?.restored === true ? false : undefined,
  );
}

/** The fields of a record that are equal to those of the response. */
function fieldsOf(head: HeadObjectCommandOutput) {
  return {
    etag: head.ETag?.replaceAll('"', ""),
    size: head.ContentLength,
    contentType: head.ContentType,
    lastModified: head.LastModified?.toISOString(),
    storageClass: head.StorageClass ?? "STANDARD",
    ...(head.ChecksumCRC32 === undefined ? {} : { checksums: { CRC32: head.ChecksumCRC32 } }),
  };
}

/** Lists the keys in small pages, so that there are several. */
async function listedKeys(): Promise<string[]> {
  const keys: string[] = [];
  let next: ListPage["next"];
  do {
    const page = await list({ prefix: "", ...next, limit: 2 });
    expect(page.unfit, "items that are not valid records").toEqual([]);
    keys.push(...page.records.map(({ key }) => key));
    next = page.next;
  } while (next !== undefined);
  return keys;
}
