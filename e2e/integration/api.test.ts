import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { createClient } from "@waybill/client";
import { createNodeClient } from "@waybill/client/node";
import { get } from "@waybill/core/catalog";
import { documentOf } from "@waybill/functions/test/document";
import { Resource } from "sst";
import { beforeAll, describe, expect, test, vi } from "vitest";

import { bucket, recordOf, s3, unique } from "./support.ts";

const { url } = Resource.Api;
const region = process.env["AWS_REGION"] ?? "";
const credentials = defaultProvider();
const client = createNodeClient({ url });

interface SignOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly service?: string;
}

/** Returns a request to the API with a SigV4 signature. */
async function signed(target: string, options: SignOptions = {}): Promise<Request> {
  const { method = "GET", headers = {}, body, service = "lambda" } = options;
  const address = new URL(target, url);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const parameters = address.searchParams;
  const { headers: signedHeaders } = await signer.sign({
    method,
    protocol: address.protocol,
    hostname: address.hostname,
    path: address.pathname,
    query: Object.fromEntries(
      [...parameters.keys()].map((name) => [name, parameters.getAll(name)]),
    ),
    headers: { ...headers, host: address.host },
    body,
  });
  return new Request(address, {
    method,
    headers: signedHeaders,
    ...(body === undefined ? {} : { body }),
  });
}

const request = async (target: string, options?: SignOptions) =>
  fetch(await signed(target, options));

async function put(key: string, more: Partial<PutObjectCommand["input"]> = {}): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "hello", ...more }));
  const indexed = async () => expect(await get(key)).toMatchObject({ state: "present" });
  await vi.waitFor(indexed, { timeout: 60_000, interval: 50 });
}

/** Returns the records of all pages. */
async function allOf<T>(pages: AsyncIterable<{ readonly records: readonly T[] }>): Promise<T[]> {
  const records: T[] = [];
  for await (const page of pages) records.push(...page.records);
  return records;
}

describe("the API", () => {
  const expectForbidden = async (response: Response) => {
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ Message: expect.stringMatching(/^Forbidden/) });
  };

  test("rejects an unsigned request", async () => {
    for (const path of ["", "files", "file?key=a", "openapi.json", "stats?by=type", "nowhere"]) {
      await expectForbidden(await fetch(new URL(path, url)));
    }
  });

  test("allows no other origin: rejects a preflight request and sends no CORS headers", async () => {
    const headers = { origin: "https://example.com", "access-control-request-method": "GET" };
    await expectForbidden(await fetch(new URL("files", url), { method: "OPTIONS", headers }));
    const response = await request("files?limit=1", { headers: { origin: "https://example.com" } });
    expect(response.status).toBe(200);
    expect(
      [...response.headers.keys()].filter((name) => name.startsWith("access-control")),
    ).toEqual([]);
  });

  test("rejects a signature by unknown keys, for another service or for another request", async () => {
    const unknown = createClient({
      url,
      region,
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-the-secret" },
    });
    await expect(unknown.get("a")).rejects.toMatchObject({
      code: "client.forbidden",
      status: 403,
    });
    await expectForbidden(await request("files", { service: "s3" }));
    const { headers } = await signed("files?limit=1");
    await expectForbidden(await fetch(new URL("files?limit=2", url), { headers }));
  });
});

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

  test("recent returns recently modified files", async () => {
    const seen = keysOf(await allOf(client.recent({ since: began, limit: 100 })));
    expect(keys.filter((key) => !seen.includes(key))).toEqual([]);
  });

  test("duplicates finds the files with the same content, by key and by ETag", async () => {
    const [first = ""] = keys;
    const record = await client.get(first);
    const etag = record?.state === "present" ? record.etag : "";
    expect(keysOf(await allOf(client.duplicates({ key: first, limit: 3 })))).toEqual(keys);
    expect(keysOf(await allOf(client.duplicates({ etag })))).toEqual(keys);
    await expect(allOf(client.duplicates({ key: `${folder}gone` }))).rejects.toMatchObject({
      code: "catalog.no_record",
      status: 404,
    });
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
      ["/find", `find?prefix=${prefix}&limit=1`],
      ["/find", `find?prefix=${prefix}&since=${began}`],
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

describe("a conditional request", () => {
  test("receives 304 without a body until the file changes", async () => {
    const key = unique("conditional");
    await put(key);
    const target = `file?key=${encodeURIComponent(key)}`;
    const first = await request(target);
    const headers = { "if-none-match": first.headers.get("etag") ?? "" };
    expect(headers["if-none-match"]).toMatch(/^W\/".+"$/);

    const same = await request(target, { headers });
    expect(same.status).toBe(304);
    expect(await same.text()).toBe("");

    await put(key, { Body: "something else" });
    await recordOf(key, { size: 14 });
    const changed = await request(target, { headers });
    expect(changed.status).toBe(200);
    expect(await changed.json()).toMatchObject({ key, size: 14 });
  });
});

describe("a hostile request", () => {
  test.each([
    ["an unknown parameter", "files?offset=1", 400, "query.invalid"],
    ["a limit above the maximum", "files?limit=1000000", 400, "query.invalid"],
    ["a prefix of 1,025 bytes", `files?prefix=${"a".repeat(1025)}`, 400, "query.invalid"],
    [
      "a pattern above the maximum length",
      `find?nameLike=${"*a".repeat(500)}`,
      400,
      "query.invalid",
    ],
    ["an ETag of 3,072 bytes", `duplicates?etag=${"%E2%82%AC".repeat(1024)}`, 400, "query.invalid"],
    ["one parameter twice", "files?prefix=a&prefix=b", 400, "query.invalid"],
    ["metadata without a name", "find?metadata==x", 400, "query.invalid"],
    [
      "a parameter named like a property of Object.prototype",
      "recent?constructor=x",
      400,
      "query.invalid",
    ],
    ["an unknown key", "file?key=no/such/key", 404, "catalog.no_record"],
    ["an unknown path", "etc/passwd", 404, "api.no_such_path"],
  ])("with %s is rejected with a problem document", async (_, target, status, code) => {
    const response = await request(target);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({
      status,
      code,
      detail: expect.stringMatching(/./),
      help: expect.stringMatching(/./),
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("with a pattern that makes a backtracking matcher hang is answered", async () => {
    const prefix = unique("");
    await put(prefix + "a".repeat(900));
    const nameLike = `${"*a".repeat(120)}b`;
    const query = new URLSearchParams({ nameLike, prefix });
    const response = await request(`find?${query.toString()}`);
    expect(await response.json()).toMatchObject({ records: [], read: { items: 1 } });
  });

  test("with a method that writes is rejected", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const response = await request("file?key=a", { method, body: '{"a":1}' });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD");
    }
  });

  test("does not affect the next request", async () => {
    expect((await request("files?limit=1")).status).toBe(200);
  });
});

test("HEAD returns the status and ETag of GET without a body", async () => {
  const full = await request("openapi.json");
  const head = await request("openapi.json", { method: "HEAD" });
  expect(head.status).toBe(200);
  expect(head.headers.get("etag")).toBe(full.headers.get("etag"));
  expect(await head.text()).toBe("");
});

test("serves a valid OpenAPI 3.1 document", async () => {
  const validator = new Validator();
  expect(await validator.validate({ ...(await client.openApi()) })).toMatchObject({ valid: true });
  expect(validator.version).toBe("3.1");
});

// curl may be missing on this machine.
const noCurl = spawnSync("curl", ["--version"]).status !== 0;

test.skipIf(noCurl)("curl can sign a request as in docs/api.md", async () => {
  const key = unique("a b+c.txt");
  await put(key);
  const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
  const args = ["--silent", "--show-error", "--aws-sigv4", `aws:amz:${region}:lambda`];
  args.push("--user", `${accessKeyId}:${secretAccessKey}`);
  if (sessionToken !== undefined) args.push("--header", `x-amz-security-token: ${sessionToken}`);
  args.push(`${url}file?key=${encodeURIComponent(key)}`);
  const { stdout } = await promisify(execFile)("curl", args);
  expect(JSON.parse(stdout)).toMatchObject({ key });
});
