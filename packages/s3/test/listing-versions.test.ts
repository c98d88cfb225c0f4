import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code } from "./failure.ts";
import { raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
});
afterAll(() => running[Symbol.asyncDispose]());

let count = 0;
async function bucketOf(keys: readonly string[]): Promise<string> {
  const Bucket = `history-${count++}`;
  running.s3.ensureBucket(Bucket, settings());
  for (const Key of keys) {
    await running.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  }
  return Bucket;
}

describe("a list of versions", () => {
  test.each([1, 2, 3, 4, 7, 8])("is the same in pages of %d", async (MaxKeys) => {
    const Bucket = await bucketOf(["a", "b", "a", "b", "c/1", "a"]);
    await running.client.send(new DeleteObjectCommand({ Bucket, Key: "b" }));
    const seen: string[] = [];
    let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
    while (marker) {
      const input: ListObjectVersionsCommandInput = { Bucket, MaxKeys, ...marker };
      const reply: ListObjectVersionsCommandOutput = await running.client.send(
        new ListObjectVersionsCommand(input),
      );
      const entries = [...(reply.Versions ?? []), ...(reply.DeleteMarkers ?? [])];
      expect(entries.length).toBeLessThanOrEqual(MaxKeys);
      seen.push(...entries.map(({ Key, VersionId }) => `${Key ?? ""} ${VersionId ?? ""}`));
      marker = reply.IsTruncated
        ? {
            ...(reply.NextKeyMarker !== undefined && { KeyMarker: reply.NextKeyMarker }),
            ...(reply.NextVersionIdMarker !== undefined && {
              VersionIdMarker: reply.NextVersionIdMarker,
            }),
          }
        : undefined;
    }

    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
  });

  test("continues after the version of its marker is deleted", async () => {
    const Bucket = await bucketOf(["a", "a", "a", "b"]);
    const seen: (string | undefined)[] = [];
    let more = true;
    let marker = {};
    while (more) {
      const reply = await running.client.send(
        new ListObjectVersionsCommand({ Bucket, MaxKeys: 1, ...marker }),
      );
      for (const { Key, VersionId } of reply.Versions ?? []) {
        seen.push(Key);
        await running.client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
      }
      more = reply.IsTruncated ?? false;
      marker = { KeyMarker: reply.NextKeyMarker, VersionIdMarker: reply.NextVersionIdMarker };
    }

    expect(seen).toEqual(["a", "a", "a", "b"]);
  });

  test("has versions and delete markers in one order", async () => {
    const Bucket = await bucketOf(["a"]);
    await running.client.send(new DeleteObjectCommand({ Bucket, Key: "a" }));
    await running.client.send(new PutObjectCommand({ Bucket, Key: "a", Body: "2" }));
    const { body } = await raw(running, "GET", `/${Bucket}?versions`);

    const order = [...body.matchAll(/<(Version|DeleteMarker)>.*?<IsLatest>(\w+)</g)];
    expect(order.map(([, kind, latest]) => [kind, latest])).toEqual([
      ["Version", "true"],
      ["DeleteMarker", "false"],
      ["Version", "false"],
    ]);
  });

  test("groups versions and delete markers by a delimiter", async () => {
    const Bucket = await bucketOf(["a/1", "a/2", "b"]);
    await running.client.send(new DeleteObjectCommand({ Bucket, Key: "c/1" }));
    const reply = await running.client.send(
      new ListObjectVersionsCommand({ Bucket, Delimiter: "/" }),
    );

    expect(reply.CommonPrefixes).toEqual([{ Prefix: "a/" }, { Prefix: "c/" }]);
    expect(reply.Versions).toMatchObject([{ Key: "b" }]);
  });

  test("rejects a version marker without a key marker", async () => {
    const Bucket = await bucketOf([]);
    const reply = await raw(running, "GET", `/${Bucket}?versions&version-id-marker=x`);
    expect(reply.body).toContain("<Code>InvalidArgument</Code>");
  });
});

describe("a list of uploads", () => {
  test.each([1, 2, 3, 10])("is the same in pages of %d, oldest first", async (MaxUploads) => {
    const Bucket = await bucketOf([]);
    const started: string[] = [];
    for (const Key of ["b", "a", "a", "c/1", "c/2"]) {
      const { UploadId } = await running.client.send(
        new CreateMultipartUploadCommand({ Bucket, Key }),
      );
      started.push(`${Key} ${UploadId ?? ""}`);
    }
    const seen: string[] = [];
    let more = true;
    let marker = {};
    while (more) {
      const reply = await running.client.send(
        new ListMultipartUploadsCommand({ Bucket, MaxUploads, ...marker }),
      );
      seen.push(
        ...(reply.Uploads ?? []).map(({ Key, UploadId }) => `${Key ?? ""} ${UploadId ?? ""}`),
      );
      more = reply.IsTruncated ?? false;
      marker = { KeyMarker: reply.NextKeyMarker, UploadIdMarker: reply.NextUploadIdMarker };
    }

    const [b, a1, a2, c1, c2] = started;
    expect(seen).toEqual([a1, a2, b, c1, c2]);
    const grouped = await running.client.send(
      new ListMultipartUploadsCommand({ Bucket, Delimiter: "/" }),
    );
    expect(grouped.CommonPrefixes).toEqual([{ Prefix: "c/" }]);
    const [foreign] = (b ?? "").split(" ").slice(1);
    const wrong = { Bucket, KeyMarker: "a", UploadIdMarker: foreign };
    expect(await code(running.client.send(new ListMultipartUploadsCommand(wrong)))).toBe(
      "InvalidArgument",
    );
  });
});
