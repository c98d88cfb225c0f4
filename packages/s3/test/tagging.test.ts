import {
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type Tag,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code } from "./failure.ts";
import { ALL_EVENTS, raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
  running.s3.ensureBucket("files", settings({ notifications: [ALL_EVENTS] }));
});
afterAll(() => running[Symbol.asyncDispose]());

const Bucket = "files";

async function put(Key: string, rest = {}) {
  return running.client.send(new PutObjectCommand({ Bucket, Key, Body: "x", ...rest }));
}

async function tag(Key: string, TagSet: Tag[], VersionId?: string) {
  return running.client.send(
    new PutObjectTaggingCommand({ Bucket, Key, VersionId, Tagging: { TagSet } }),
  );
}

async function tags(Key: string, VersionId?: string) {
  return (await running.client.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId })))
    .TagSet;
}

describe("tags", () => {
  test("can be read, replaced and deleted without changing the object", async () => {
    const { ETag } = await put("a", { Tagging: "one=1&two=z%20w" });
    expect(await tags("a")).toEqual([
      { Key: "one", Value: "1" },
      { Key: "two", Value: "z w" },
    ]);

    await tag("a", [{ Key: "ü", Value: "" }]);
    expect(await tags("a")).toEqual([{ Key: "ü", Value: "" }]);
    await running.client.send(new DeleteObjectTaggingCommand({ Bucket, Key: "a" }));
    expect(await tags("a")).toEqual([]);
    const read = await running.client.send(new GetObjectCommand({ Bucket, Key: "a" }));
    expect(read.ETag).toBe(ETag);
    expect(read.TagCount).toBeUndefined();
    expect(await read.Body?.transformToString()).toBe("x");
  });

  test("belong to one version", async () => {
    const one = await put("b");
    const two = await put("b");
    await tag("b", [{ Key: "v", Value: "1" }], one.VersionId);

    expect(await tags("b", one.VersionId)).toEqual([{ Key: "v", Value: "1" }]);
    expect(await tags("b", two.VersionId)).toEqual([]);
  });

  test("send events without a sequencer", async () => {
    const { VersionId } = await put("c");
    await running.records();
    await tag("c", [{ Key: "v", Value: "1" }]);
    await running.client.send(new DeleteObjectTaggingCommand({ Bucket, Key: "c" }));
    const records = await running.records();

    const eTag = "9dd4e461268c8034f5c8564e155c67a6";
    expect(records.map(({ eventName }) => eventName)).toEqual([
      "ObjectTagging:Put",
      "ObjectTagging:Delete",
    ]);
    for (const { s3 } of records)
      expect(s3.object).toEqual({ key: "c", eTag, versionId: VersionId });
  });

  test.each([
    [
      "too many tags",
      Array.from({ length: 11 }, (_, n) => ({ Key: `k${n}`, Value: "" })),
      "BadRequest",
    ],
    [
      "a duplicate key",
      [
        { Key: "k", Value: "1" },
        { Key: "k", Value: "2" },
      ],
      "InvalidTag",
      "InvalidArgument",
    ],
    ["a reserved key", [{ Key: "aws:k", Value: "1" }], "InvalidTag"],
    ["a key that is too long", [{ Key: "k".repeat(129), Value: "1" }], "InvalidTag"],
    ["a value that is too long", [{ Key: "k", Value: "v".repeat(257) }], "InvalidTag"],
    ["an empty key", [{ Key: "", Value: "1" }], "InvalidTag"],
    ["a character that is not allowed", [{ Key: "k", Value: "<" }], "InvalidTag"],
  ])("are rejected: %s", async (_, set, expected, inHeader = expected) => {
    await put("d");
    expect(await code(tag("d", set))).toBe(expected);
    const header = set
      .map(({ Key, Value }) => new URLSearchParams({ [Key]: Value }).toString())
      .join("&");
    expect(await code(put("e", { Tagging: header }))).toBe(inHeader);
  });

  test("of a missing object are a 404", async () => {
    expect(await code(tags("none"))).toBe("NoSuchKey");
    expect(await code(tag("none", []))).toBe("NoSuchKey");
  });

  test("in a malformed document are rejected", async () => {
    await put("f");
    for (const body of ["", "x", "<Tagging>", "<Other><TagSet/></Other>"]) {
      const reply = await raw(running, "PUT", "/files/f?tagging", { body });
      expect(reply.body).toContain("<Code>MalformedXML</Code>");
    }
    expect((await raw(running, "GET", "/files/f")).body).toBe("x");
  });
});
