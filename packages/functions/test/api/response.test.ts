import { ServiceError } from "@waybill/core/error";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { Problem } from "../../src/api/problem.ts";
import { apiOn, catalogWith, fileRecord, oneFile } from "./fixture.ts";

const METHODS = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

describe("every response", () => {
  test.each(["/files", "/openapi.json", "/file?key=gone", "/nowhere", "/files?nope=1"])(
    "of %s must be revalidated, and is not cached for others, sniffed or rendered",
    async (target) => {
      const { headers } = await apiOn(oneFile).request(target);
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "private, no-cache",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "content-type": expect.stringMatching(/^application\/(problem\+)?json$/),
        "x-content-type-options": "nosniff",
      });
      expect(headers.has("access-control-allow-origin")).toBe(false);
    },
  );

  test("to HEAD has the status and the headers of GET, and no body", async () => {
    const { request } = apiOn(oneFile);
    for (const target of ["/files", "/file?key=a", "/file?key=gone", "/openapi.json", "/nowhere"]) {
      const get = await request(target);
      const head = await request(target, { method: "HEAD" });
      expect(head.status).toBe(get.status);
      expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
      expect(await head.text()).toBe("");
    }
  });

  test.each(["/files", "/file", "/recent", "/find", "/stats", "/openapi.json"])(
    "to another method at %s is 405 and names the allowed methods",
    async (path) => {
      for (const method of METHODS) {
        const response = await apiOn(oneFile).request(path, { method });
        expect(response.status).toBe(405);
        expect(response.headers.get("allow")).toBe("GET, HEAD");
        expect(await response.json()).toMatchObject({ code: "api.bad_method", retry: false });
      }
    },
  );

  test.each(["/", "/nowhere", "/FILES", "/files.json", "/file/a", "/recent/"])(
    "of %s, which does not exist, is 404",
    async (path) => {
      const response = await apiOn(oneFile).request(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "api.no_such_path" });
    },
  );
});

describe("a conditional request", () => {
  const target = "/file?key=a";

  test("returns 304 without a body until the record changes", async () => {
    let record = fileRecord("a");
    const { request } = apiOn(catalogWith({ get: () => Promise.resolve(record) }));
    const etag = (await request(target)).headers.get("etag") ?? "";
    expect(etag).toMatch(/^W\/"[0-9a-f]+"$/);

    const same = await request(target, { headers: { "if-none-match": etag } });
    expect(same.status).toBe(304);
    expect(await same.text()).toBe("");
    expect(same.headers.get("etag")).toBe(etag);
    expect(same.headers.get("x-content-type-options")).toBe("nosniff");

    record = fileRecord("a", { metadata: { changed: "yes" } });
    const changed = await request(target, { headers: { "if-none-match": etag } });
    expect(changed.status).toBe(200);
    expect(await changed.json()).toEqual(record);
  });

  test("accepts several tags, *, and strong tags", async () => {
    const { request } = apiOn(oneFile);
    const etag = (await request(target)).headers.get("etag") ?? "";
    const status = async (tags: string) =>
      (await request(target, { headers: { "if-none-match": tags } })).status;
    expect(await status(`"x", ${etag}`)).toBe(304);
    expect(await status("*")).toBe(304);
    expect(await status(etag.replace("W/", ""))).toBe(304);
    expect(await status('"x"')).toBe(200);
    expect(await status("rubbish")).toBe(200);
  });

  test("ignores the cost and the default start of the time range", async () => {
    let requests = 0;
    const { request } = apiOn(
      catalogWith({
        recent: async (query) => {
          requests += 1;
          const page = await oneFile.recent(query);
          const read = { requests, items: requests, units: requests };
          return { ...page, since: `2025-11-23T06:24:0${requests}.000Z`, read };
        },
      }),
    );
    const etag = (await request("/recent")).headers.get("etag") ?? "";
    expect((await request("/recent", { headers: { "if-none-match": etag } })).status).toBe(304);
  });

  test("does not turn an error into a 304", async () => {
    const { request } = apiOn(oneFile);
    const response = await request("/file?key=gone", { headers: { "if-none-match": "*" } });
    expect(response.status).toBe(404);
  });
});

describe("a failed request", () => {
  const failing = (error: Error) =>
    apiOn(
      catalogWith({
        get: async () => {
          throw error;
        },
      }),
    );

  test("hides an internal error from the client, and passes it to the log", async () => {
    const secret = new Error(
      "arn:aws:dynamodb:eu-central-1:123456789012:table/t is not authorized",
    );
    const { request, handled } = failing(secret);
    const response = await request("/file?key=a");
    const body = await response.text();
    expect(response.status).toBe(500);
    expect(body).not.toMatch(/arn:|dynamodb|\bat \/|\.ts/i);
    const { requestId, code } = Problem.parse(JSON.parse(body));
    expect(code).toBe("api.unexpected");
    expect(handled).toMatchObject([{ requestId, status: 500, error: { cause: secret } }]);
  });

  test("that may succeed later has retry and Retry-After", async () => {
    const cause = new Error("ProvisionedThroughputExceededException");
    const { request } = failing(
      new ServiceError("catalog.read_failed", "Could not read the catalog.", {
        retry: true,
        cause,
      }),
    );
    const response = await request("/file?key=a");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await response.json()).toMatchObject({ code: "catalog.read_failed", retry: true });
  });

  test("that cannot succeed later has no retry", async () => {
    const { request } = failing(
      new ServiceError("catalog.read_failed", "Could not read the catalog.", { retry: false }),
    );
    expect(await (await request("/file?key=a")).json()).toMatchObject({
      status: 500,
      retry: false,
    });
  });

  test("has the members of RFC 9457 and the request ID of Lambda", async () => {
    const response = await apiOn(oneFile).invoke("/file", "key=gone");
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toEqual({
      title: "Not Found",
      status: 404,
      code: "catalog.no_record",
      detail: "There is no record of this key.",
      help: expect.stringContaining("GET /files?prefix="),
      retry: false,
      requestId: "the-request",
    });
  });
});

describe("the deadline", () => {
  test("returns 504 and aborts the query", async () => {
    let progress = () => {};
    const { invoke } = apiOn(
      catalogWith({
        stats: (_, onProgress) => {
          progress = onProgress;
          return new Promise(() => {});
        },
      }),
    );
    const response = await invoke("/stats", "by=type", 2_010);
    expect(await response.json()).toMatchObject({
      status: 504,
      code: "api.out_of_time",
      retry: true,
    });
    expect(progress).toThrow("in time");
  });

  test("is two seconds before the end of the invocation", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { invoke, handled } = apiOn(catalogWith({ stats: () => new Promise(() => {}) }));
    const response = invoke("/stats", "by=type", 30_000);
    await vi.advanceTimersByTimeAsync(27_999);
    expect(handled).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect((await response).status).toBe(504);
  });

  test("does not abort a query that is in time", async () => {
    let progress = () => {};
    const { invoke } = apiOn(
      catalogWith({
        stats: (query, onProgress) => {
          progress = onProgress;
          progress();
          return oneFile.stats(query, onProgress);
        },
      }),
    );
    expect((await invoke("/stats", "by=type")).status).toBe(200);
    expect(progress).not.toThrow();
  });
});

describe("a response that is too large for Lambda", () => {
  const LAMBDA_BYTES = 6 * 1024 * 1024;
  /** The size of the function's response, in which the body is a JSON string. */
  const payload = (body: string) => Buffer.byteLength(JSON.stringify({ statusCode: 200, body }));

  // A control character takes six bytes in JSON, and seven in a JSON string of that.
  const wide = "\u0001".repeat(2000);
  const keys = Array.from({ length: 1000 }, (_, index) => `${index}`.padStart(4, "0"));

  test("becomes a shorter page, and the next page continues after it", async () => {
    const { request } = apiOn(
      catalogWith({
        list: ({ limit, startAfter = "" }) => {
          const some = keys.filter((key) => key > startAfter).slice(0, limit);
          const last = some.at(-1);
          return Promise.resolve({
            records: some.map((key) => fileRecord(key, { metadata: { wide } })),
            prefixes: [],
            unfit: [],
            next: last === undefined || last === keys.at(-1) ? undefined : { startAfter: last },
            read: { requests: 1, items: some.length, units: 1 },
          });
        },
      }),
    );
    const seen: string[] = [];
    for (let next = "limit=1000"; next !== "";) {
      const body = await (await request(`/files?${next}`)).text();
      expect(payload(body)).toBeLessThan(LAMBDA_BYTES);
      const page: { records: { key: string }[]; next?: { startAfter: string } } = JSON.parse(body);
      expect(page.records.length).toBeGreaterThan(50);
      seen.push(...page.records.map(({ key }) => key));
      next = page.next === undefined ? "" : `limit=1000&startAfter=${page.next.startAfter}`;
    }
    expect(seen).toEqual(keys);
  });

  test("is an error for a path without pages", async () => {
    const { request } = apiOn(
      catalogWith({
        stats: () =>
          Promise.resolve({
            groups: keys.map((name) => ({ name: name + wide, files: 1, bytes: 1 })),
            total: { files: 1, bytes: 1 },
            read: { requests: 1, items: 1, units: 1 },
          }),
      }),
    );
    expect(await (await request("/stats?by=folder")).json()).toMatchObject({
      status: 400,
      code: "api.answer_too_long",
      help: expect.stringContaining("smaller limit"),
    });
  });
});

test("reports each request once, with its outcome", async () => {
  const { request, handled } = apiOn(oneFile);
  await request("/file?key=a");
  await request("/file?key=gone", { method: "HEAD" });
  expect(handled).toMatchObject([
    { method: "GET", path: "/file", status: 200 },
    { method: "HEAD", path: "/file", status: 404, error: { code: "catalog.no_record" } },
  ]);
  expect(handled[0]).not.toHaveProperty("error");
});
