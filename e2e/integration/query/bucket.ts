import { paginateListObjectsV2, PutObjectCommand } from "@aws-sdk/client-s3";
import { list } from "@waybill/core/catalog";
import { expect, vi } from "vitest";

import { bucket, s3 } from "../support.ts";

/** Puts an object under each key, and waits until the catalog has as many records under the prefix. */
export async function putFiles(
  prefix: string,
  keys: readonly string[],
  file: Partial<PutObjectCommand["input"]> = {},
): Promise<void> {
  const left = [...keys];
  const put = async () => {
    for (let key = left.pop(); key !== undefined; key = left.pop()) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "x", ...file }));
    }
  };
  await Promise.all(Array.from({ length: 8 }, put));
  await vi.waitFor(
    async () => expect((await list({ prefix, limit: 1000 })).records).toHaveLength(keys.length),
    { timeout: 60_000, interval: 50 },
  );
}

/** Lists the objects in S3, with times and ETags in the format of the catalog. */
export async function listedByS3(prefix: string) {
  const objects = [];
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket: bucket, Prefix: prefix },
  )) {
    for (const { Key = "", Size = 0, ETag = "", LastModified } of Contents) {
      objects.push({
        key: Key,
        size: Size,
        etag: ETag.replaceAll('"', ""),
        lastModified: LastModified?.toISOString() ?? "",
      });
    }
  }
  return objects;
}
