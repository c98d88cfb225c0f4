import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { documentOf } from "@waybill/functions/test/document";
import { beforeAll, describe, expect, test } from "vitest";

import { bucket, recordOf, s3, unique } from "../support.ts";
import { client, put, request } from "./request.ts";

/** Returns the records of all pages. */
async function allOf<T>(pages: AsyncIterable<{ readonly records: readonly T[] }>): Promise<T[]> {
  const records: T[] = [];
  for await (const page of pages) records.push(...page.records);
  return records;
}

describe("the queries", () => {
  const folder = unique("queries/");
  const keys = ["a.txt", "b/one.md", "b/two.md", "c.txt"].map((name) => folder + name);
  const began = new Date(Date.now() - 60_000).toISOString();

  beforeAll(async () => {
    // The same content for all, and different from that of other tests.
    const Body = crypto.randomUUID();
    await Promise.all(
      keys.map((key) =>
        put(key, {
          Body,
          ContentType: key.endsWith(".md") ? "text/markdown" : "text/plain",
          Metadata: { name: key.slice(-5), author: "Zoë" },
        }),
      ),
    );
  });

  const keysOf = (records: readonly { readonly key: string }[]) => records.map(({ key }) => key);

  test("get returns the whole record", async () => {
    const record = await client.get(keys[0] ?? "");
    expect(record).toMatchObject({
      bucket,
      key: keys[0],
      state: "present",
      size: 36,
      contentType: "text/plain",
      metadata: { author: "Zoë" },
    });
  });

  test("list returns the keys in order, at every page size", async () => {
    for (const limit of [1, 2, 3, 1000]) {
      expect(keysOf(await allOf(client.list({ prefix: folder, limit })))).toEqual(keys);
    }
  });

  test("list groups keys by folder", async () => {
    const folders: string[] = [];
    const files: string[] = [];
    for await (const page of client.list({ prefix: folder, delimiter: "/", limit: 2 })) {
      folders.push(...page.prefixes);
      files.push(...keysOf(page.records));
    }
    expect(folders).toEqual([`${folder}b/`]);
    expect(files).toEqual([keys[0], keys[3]]);
  });

  test("recent returns files that arrived recently", async () => {
    const seen = keysOf(await allOf(client.recent({ since: began, limit: 100 })));
    expect(keys.filter((key) => !seen.includes(key))).toEqual([]);
  });

  test("duplicates finds the files with the same content, by key and by ETag", async () => {
    const [first = ""] = keys;
    const record = await client.get(first);
    const etag = record?.state === "present" ? record.etag : "";
    expect(keysOf(await allOf(client.duplicates({ key: first, limit: 3 })))).toEqual(keys);
    expect(keysOf(await allOf(client.duplicates({ etag })))).toEqual(keys);
    for await (const { content } of client.duplicates({ key: first })) {
      expect(content).toEqual({ kind: "etag", identity: etag });
    }
    await expect(allOf(client.duplicates({ key: `${folder}gone` }))).rejects.toMatchObject({
      code: "catalog.no_record",
      status: 404,
    });
  });

  test("duplicates finds the files with the same checksum, by key and by content", async () => {
    const same = ["d", "e+f"].map((name) => unique(`checksum/${name}`));
    const Body = crypto.randomUUID();
    await Promise.all(same.map((key) => put(key, { Body, ChecksumAlgorithm: "CRC64NVME" })));
    const [key = ""] = same;
    const record = await client.get(key);
    const checksum = record?.state === "present" ? record.checksums?.["CRC64NVME"] : "";
    const identity = `crc64nvme:${checksum}:36`;
    for (const query of [{ key }, { content: identity }]) {
      for await (const { content, records } of client.duplicates(query)) {
        expect(keysOf(records)).toEqual(same.toSorted());
        expect(content).toEqual({ kind: "crc64nvme", identity });
      }
    }
  });

  test("find returns the files that somebody uploaded, from somewhere or by one request", async () => {
    const { event } = (await client.get(keys[0] ?? "")) ?? {};
    for (const [by = "", found] of [
      [event?.principal, keys],
      [event?.sourceIp, keys],
      [event?.requestId, keys.slice(0, 1)],
    ] as const) {
      expect(by).not.toBe("");
      expect(keysOf(await allOf(client.find({ prefix: folder, by })))).toEqual(found);
    }
    expect(await allOf(client.find({ prefix: folder, by: "somebody else" }))).toEqual([]);
  });

  test("find returns the files that match all conditions, under a prefix and in a time window", async () => {
    const markdown = [keys[1], keys[2]];
    for (const since of [undefined, began]) {
      const pages = client.find({
        prefix: folder,
        since,
        type: "text/markdown",
        metadata: { author: "Zoë" },
        minSize: 1,
        nameLike: "*.md",
        limit: 1,
      });
      expect(keysOf(await allOf(pages)).toSorted()).toEqual(markdown);
    }
    expect(await allOf(client.find({ prefix: folder, metadata: { author: "Zoe" } }))).toEqual([]);
  });

  test("rejects an invalid query, and names each invalid parameter", async () => {
    await expect(client.stats({ by: "type", limit: 0 })).rejects.toMatchObject({
      code: "query.invalid",
      status: 400,
      retry: false,
      errors: [{ parameter: "limit", detail: "must be 1 to 1000" }],
      help: expect.stringContaining("/openapi.json"),
      requestId: expect.stringMatching(/./),
    });
  });

  test("stats counts files and bytes by type", async () => {
    const stats = await client.stats({ prefix: folder, by: "type" });
    expect(stats).toMatchObject({
      groups: expect.arrayContaining([
        { name: "text/plain", files: 2, bytes: 72 },
        { name: "text/markdown", files: 2, bytes: 72 },
      ]),
      total: { files: 4, bytes: 144 },
    });
    expect(stats.read.units).toBeGreaterThan(0);
  });

  test("every response and error response matches the OpenAPI document", async () => {
    const { expectDocumented } = documentOf(await client.openApi());
    const gone = unique("gone");
    await put(gone);
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: gone }));
    await recordOf(gone, { state: "deleted" });
    const [key = ""] = keys.map(encodeURIComponent);
    const prefix = encodeURIComponent(folder);
    const targets: [string, string][] = [
      ["/files", `files?prefix=${prefix}&limit=1`],
      ["/files", `files?prefix=${prefix}&delimiter=%2F&limit=2`],
      ["/file", `file?key=${key}`],
      ["/file", `file?key=${encodeURIComponent(gone)}&deleted=true`],
      ["/file", "file?key=no%2Fsuch"],
      ["/recent", "recent?limit=1"],
      ["/duplicates", `duplicates?key=${key}&limit=1`],
      ["/duplicates", "duplicates?key=no%2Fsuch"],
      ["/duplicates", "duplicates?content=crc64nvme%3AmoKNAtbQBxo%3D%3A5"],
      ["/duplicates", "duplicates?content=crc64nvme%3AmoKNAtbQBxo%3D"],
      ["/find", `find?prefix=${prefix}&limit=1`],
      ["/find", `find?prefix=${prefix}&since=${began}`],
      ["/find", `find?prefix=${prefix}&by=192.0.2.7`],
      ["/find", "find?by="],
      ["/find", `find?prefix=${encodeURIComponent(gone)}&state=deleted`],
      ...["type", "day", "folder"].map((by): [string, string] => [
        "/stats",
        `stats?prefix=${prefix}&by=${by}&limit=1`,
      ]),
      ["/stats", "stats?by=color"],
    ];
    for (const [path, target] of targets) await expectDocumented(path, await request(target));
  });

  test("get returns a tombstone only with `deleted`", async () => {
    const key = unique("deleted");
    await put(key);
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    await recordOf(key, { state: "deleted" });
    expect(await client.get(key)).toBeUndefined();
    expect(await client.get(key, { deleted: true })).toMatchObject({ key, state: "deleted" });
  });
});

describe("a key", () => {
  const root = unique("");
  const names = [
    "with spaces + plus & ampersand",
    "100% %2F ?x=1#y;z",
    "in ünïcode 💾",
    "//empty///segments//",
    "quotes'\"(brackets)*!~",
    "line\nbreak\ttab",
    "back\\slash",
    "../dots/./..",
  ];

  beforeAll(() => Promise.all(names.map((name) => put(root + name))));

  test.each(names)("%j is found verbatim by the client", async (name) => {
    expect(await client.get(root + name)).toMatchObject({ key: root + name });
  });

  test.each(names)("%j is answered in the query string, percent-encoded", async (name) => {
    const response = await request(`file?key=${encodeURIComponent(root + name)}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ key: root + name });
  });
});
