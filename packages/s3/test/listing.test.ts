import {
  DeleteObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type ListObjectsV2CommandInput,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { code, failure } from "./failure.ts";
import { raw, settings, start, type Running } from "./harness.ts";

let running: Running;
beforeAll(async () => {
  running = await start();
});
afterAll(() => running[Symbol.asyncDispose]());

let count = 0;
async function bucketOf(keys: readonly string[]): Promise<string> {
  const Bucket = `listing-${count++}`;
  running.s3.ensureBucket(Bucket, settings());
  for (const Key of keys) {
    await running.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  }
  return Bucket;
}

/** Returns the keys and common prefixes of one page. */
async function page(input: ListObjectsV2CommandInput) {
  const list = await running.client.send(new ListObjectsV2Command(input));
  return {
    keys: (list.Contents ?? []).map(({ Key }) => Key),
    prefixes: (list.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
    token: list.NextContinuationToken,
    list,
  };
}

describe("a list of objects", () => {
  const KEYS = [
    "A-1",
    "B",
    "Z",
    "a",
    "a/1",
    "a/2",
    "a0",
    "b/c/1",
    "b/c/2",
    "b/d",
    "photo",
    "photos/1",
    "~",
    "é",
  ];

  test("describes each object as S3 does", async () => {
    const Bucket = await bucketOf(["a"]);
    const { list } = await page({ Bucket, FetchOwner: true });

    expect(list).toMatchObject({ Name: Bucket, KeyCount: 1, MaxKeys: 1000, IsTruncated: false });
    expect(list.Contents).toMatchObject([
      { Key: "a", Size: 1, ETag: '"0cc175b9c0f1b6a831c399e269772661"', StorageClass: "STANDARD" },
    ]);
    expect(list.Contents?.[0]?.LastModified?.getMilliseconds()).toBe(0);
    expect(list.Contents?.[0]?.Owner?.ID).toBeTruthy();
    expect((await page({ Bucket })).list.Contents?.[0]?.Owner).toBeUndefined();
  });

  test.each([1, 2, 3, 5, 13, 14, 15])("is the same in pages of %d", async (MaxKeys) => {
    const Bucket = await bucketOf(KEYS);
    const seen: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    let pages = 0;
    do {
      const { keys, token, list } = await page({ Bucket, MaxKeys, ContinuationToken });
      seen.push(...keys);
      ContinuationToken = token;
      pages += 1;
      expect(list.IsTruncated).toBe(token !== undefined);
    } while (ContinuationToken !== undefined);

    expect(seen).toEqual(KEYS);
    expect(pages).toBe(Math.ceil(KEYS.length / MaxKeys));
  });

  test("groups keys by a delimiter, and counts each common prefix once", async () => {
    const Bucket = await bucketOf(KEYS);
    const top = await page({ Bucket, Delimiter: "/" });

    expect(top.keys).toEqual(["A-1", "B", "Z", "a", "a0", "photo", "~", "é"]);
    expect(top.prefixes).toEqual(["a/", "b/", "photos/"]);
    expect(top.list.KeyCount).toBe(11);
    expect(await page({ Bucket, Delimiter: "/", Prefix: "b/" })).toMatchObject({
      keys: ["b/d"],
      prefixes: ["b/c/"],
    });
    expect(await page({ Bucket, Delimiter: "o", Prefix: "ph" })).toMatchObject({
      keys: [],
      prefixes: ["pho"],
    });
    expect((await page({ Bucket, Delimiter: "/c/" })).prefixes).toEqual(["b/c/"]);
  });

  test("starts after a key, whether or not it exists", async () => {
    const Bucket = await bucketOf(KEYS);

    expect((await page({ Bucket, StartAfter: "b/d" })).keys).toEqual([
      "photo",
      "photos/1",
      "~",
      "é",
    ]);
    expect((await page({ Bucket, StartAfter: "b/d-" })).keys).toEqual([
      "photo",
      "photos/1",
      "~",
      "é",
    ]);
    expect((await page({ Bucket, StartAfter: "a", Prefix: "a/" })).keys).toEqual(["a/1", "a/2"]);
    expect((await page({ Bucket, StartAfter: "b", Prefix: "a/" })).keys).toEqual([]);
    expect((await page({ Bucket, StartAfter: "b/", Delimiter: "/" })).prefixes).toEqual([
      "photos/",
    ]);
    expect((await page({ Bucket, StartAfter: "b/c/1", Delimiter: "/" })).prefixes).toEqual([
      "b/",
      "photos/",
    ]);
  });

  test("has between 0 and 1,000 entries per page", async () => {
    const Bucket = await bucketOf(["a", "b"]);

    expect((await page({ Bucket, MaxKeys: 0 })).list).toMatchObject({
      KeyCount: 0,
      IsTruncated: false,
    });
    expect((await page({ Bucket, MaxKeys: 5000 })).list.MaxKeys).toBe(1000);
    expect(await code(page({ Bucket, MaxKeys: -1 }))).toBe("InvalidArgument");
    expect(await code(page({ Bucket, ContinuationToken: "nonsense" }))).toBe("InvalidArgument");
    const odd = await raw(running, "GET", `/${Bucket}?list-type=2&max-keys=ten`);
    expect(odd.status).toBe(400);
  });

  test("omits deleted objects", async () => {
    const Bucket = await bucketOf(["a", "b", "c"]);
    await running.client.send(new DeleteObjectCommand({ Bucket, Key: "b" }));
    expect((await page({ Bucket })).keys).toEqual(["a", "c"]);
  });

  test("encodes keys, prefixes and markers with encoding-type=url", async () => {
    const Bucket = await bucketOf(["x y/+1", "x y/a&b\u0001", "x y/d/é"]);
    const query = "list-type=2&encoding-type=url&prefix=x+y%2F&delimiter=%2F&start-after=x%20y%2F!";
    const reply = await raw(running, "GET", `/${Bucket}?${query}`);

    expect(reply.body).toContain("<EncodingType>url</EncodingType>");
    expect(reply.body).toContain("<Key>x+y/%2B1</Key>");
    expect(reply.body).toContain("<Key>x+y/a%26b%01</Key>");
    expect(reply.body).toContain("<Prefix>x+y/</Prefix>");
    expect(reply.body).toContain("<StartAfter>x+y/%21</StartAfter>");
    expect(reply.body).toContain("<CommonPrefixes><Prefix>x+y/d/</Prefix></CommonPrefixes>");
  });

  test("writes control characters as references without encoding-type", async () => {
    const Bucket = await bucketOf([]);
    await raw(running, "PUT", `/${Bucket}/a%01b%0Ac`, { body: "" });
    const reply = await raw(running, "GET", `/${Bucket}?list-type=2`);
    expect(reply.body).toContain("<Key>a&#x1;b\nc</Key>");
  });
});

describe("a list of objects, version 1,", () => {
  test("continues from markers", async () => {
    const Bucket = await bucketOf(["asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla"]);
    const list = (Marker?: string) =>
      running.client.send(new ListObjectsCommand({ Bucket, Delimiter: "/", MaxKeys: 1, Marker }));

    const one = await list();
    const two = await list(one.NextMarker);
    const three = await list(two.NextMarker);

    expect(one.Contents?.[0]).toMatchObject({ Key: "asdf" });
    expect(one.Contents?.[0]?.Owner?.ID).toBeTruthy();
    expect(two.CommonPrefixes).toEqual([{ Prefix: "boo/" }]);
    expect(three.CommonPrefixes).toEqual([{ Prefix: "cquux/" }]);
    expect(three.IsTruncated).toBe(false);
  });

  test("skips the common prefix of its marker", async () => {
    const Bucket = await bucketOf(["boo/bar", "boo/baz", "cquux"]);
    const query = { Bucket, Delimiter: "/" };
    const list = await running.client.send(new ListObjectsCommand({ ...query, Marker: "boo/bar" }));
    const versions = new ListObjectVersionsCommand({ ...query, KeyMarker: "boo/bar" });

    expect(list.CommonPrefixes).toBeUndefined();
    expect(list.Contents).toMatchObject([{ Key: "cquux" }]);
    expect((await running.client.send(versions)).CommonPrefixes).toBeUndefined();
  });

  test("returns the next marker only with a delimiter", async () => {
    const Bucket = await bucketOf(["a", "b"]);
    const list = await running.client.send(new ListObjectsCommand({ Bucket, MaxKeys: 1 }));
    expect(list.IsTruncated).toBe(true);
    expect(list.NextMarker).toBeUndefined();
  });
});

test("a list of a missing bucket fails with NoSuchBucket", async () => {
  const error = await failure(page({ Bucket: "nowhere" }));
  expect(error).toMatchObject({ name: "NoSuchBucket", $metadata: { httpStatusCode: 404 } });
});
