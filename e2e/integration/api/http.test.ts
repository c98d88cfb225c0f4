import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";

import { recordOf, unique } from "../support.ts";
import { client, put, request } from "./request.ts";

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
    expect(await response.json()).toMatchObject({ records: [] });
  });

  test("with a method that writes is rejected", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      const response = await request("file?key=a", { method, body: '{"a":1}' });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD");
    }
  });

  test("does not affect the next request", async () => {
    expect((await request("files?limit=1000000")).status).toBe(400);
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
