import { ServiceError } from "@waybill/core/error";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { Problem } from "../../src/api/problem.ts";
import { apiOn, catalogueOf, fileRecord, oneFile } from "./fixture.ts";

const METHODS = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

describe("every answer", () => {
  test.each(["/files", "/openapi.json", "/file?key=gone", "/nowhere", "/files?nope=1"])(
    "to %s is for its client alone, asked for anew, and never taken for a page or a script",
    async (target) => {
      const { headers } = await apiOn(oneFile).ask(target);
      expect(Object.fromEntries(headers)).toMatchObject({
        "cache-control": "private, no-cache",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "content-type": expect.stringMatching(/^application\/(problem\+)?json$/),
        "x-content-type-options": "nosniff",
      });
      expect(headers.has("access-control-allow-origin")).toBe(false);
    },
  );

  test("to HEAD has the status and headers of GET and no body", async () => {
    const { ask } = apiOn(oneFile);
    for (const target of ["/files", "/file?key=a", "/file?key=gone", "/openapi.json", "/nowhere"]) {
      const get = await ask(target);
      const head = await ask(target, { method: "HEAD" });
      expect(head.status).toBe(get.status);
      expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
      expect(await head.text()).toBe("");
    }
  });

  test.each(["/files", "/files/a", "/file", "/recent", "/find", "/stats", "/openapi.json"])(
    "to another method at %s is 405 and names those that there are",
    async (path) => {
      for (const method of METHODS) {
        const response = await apiOn(oneFile).ask(path, { method });
        expect(response.status).toBe(405);
        expect(response.headers.get("allow")).toBe("GET, HEAD");
        expect(await response.json()).toMatchObject({ code: "api.bad_method", retry: false });
      }
    },
  );

  test.each(["/", "/nowhere", "/FILES", "/files.json", "/file/a", "/recent/"])(
    "at %s, where nothing is, is 404",
    async (path) => {
      const response = await apiOn(oneFile).ask(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "api.no_such_path" });
    },
  );
});

describe("a conditional request", () => {
  const target = "/file?key=a";

  test("is answered with 304 and no body while nothing changes, and in full afterwards", async () => {
    let record = fileRecord("a");
    const { ask } = apiOn(catalogueOf({ get: () => Promise.resolve(record) }));
    const etag = (await ask(target)).headers.get("etag") ?? "";
    expect(etag).toMatch(/^W\/"[0-9a-f]+"$/);

    const same = await ask(target, { headers: { "if-none-match": etag } });
    expect(same.status).toBe(304);
    expect(await same.text()).toBe("");
    expect(same.headers.get("etag")).toBe(etag);
    expect(same.headers.get("x-content-type-options")).toBe("nosniff");

    record = fileRecord("a", { metadata: { changed: "yes" } });
    const changed = await ask(target, { headers: { "if-none-match": etag } });
    expect(changed.status).toBe(200);
    expect(await changed.json()).toEqual(record);
  });

  test("may name several tags, any, or one that another server made strong", async () => {
    const { ask } = apiOn(oneFile);
    const etag = (await ask(target)).headers.get("etag") ?? "";
    const status = async (tags: string) =>
      (await ask(target, { headers: { "if-none-match": tags } })).status;
    expect(await status(`"x", ${etag}`)).toBe(304);
    expect(await status("*")).toBe(304);
    expect(await status(etag.replace("W/", ""))).toBe(304);
    expect(await status('"x"')).toBe(200);
    expect(await status("rubbish")).toBe(200);
  });

  test("looks at what is said of the catalogue, not at what it cost or how far back was looked", async () => {
    let asked = 0;
    const { ask } = apiOn(
      catalogueOf({
        recent: async (query) => {
          asked += 1;
          const page = await oneFile.recent(query);
          const read = { requests: asked, items: asked, units: asked };
          return { ...page, since: `2025-11-23T06:24:0${asked}.000Z`, read };
        },
      }),
    );
    const etag = (await ask("/recent")).headers.get("etag") ?? "";
    expect((await ask("/recent", { headers: { "if-none-match": etag } })).status).toBe(304);
  });

  test("never hides a failure", async () => {
    const { ask } = apiOn(oneFile);
    const response = await ask("/file?key=gone", { headers: { "if-none-match": "*" } });
    expect(response.status).toBe(404);
  });
});

describe("a request that fails", () => {
  const failing = (error: Error) =>
    apiOn(
      catalogueOf({
        get: async () => {
          throw error;
        },
      }),
    );

  test("for a reason of ours tells the client nothing of it, and the log all", async () => {
    const secret = new Error(
      "arn:aws:dynamodb:eu-central-1:123456789012:table/t is not authorised",
    );
    const { ask, answered } = failing(secret);
    const response = await ask("/file?key=a");
    const body = await response.text();
    expect(response.status).toBe(500);
    expect(body).not.toMatch(/arn:|dynamodb|\bat \/|\.ts/i);
    const { requestId, code } = Problem.parse(JSON.parse(body));
    expect(code).toBe("api.unexpected");
    expect(answered).toMatchObject([{ requestId, status: 500, error: { cause: secret } }]);
  });

  test("and may succeed later says so, and when", async () => {
    const cause = new Error("ProvisionedThroughputExceededException");
    const { ask } = failing(
      new ServiceError("catalog.read_failed", "DynamoDB did not answer.", { retry: true, cause }),
    );
    const response = await ask("/file?key=a");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await response.json()).toMatchObject({ code: "catalog.read_failed", retry: true });
  });

  test("and will fail again says so", async () => {
    const { ask } = failing(
      new ServiceError("catalog.read_failed", "DynamoDB did not answer.", { retry: false }),
    );
    expect(await (await ask("/file?key=a")).json()).toMatchObject({ status: 500, retry: false });
  });

  test("is told in the members of RFC 9457, with Lambda's own id of the request", async () => {
    const response = await apiOn(oneFile).askRaw("/file", "key=gone");
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

describe("time", () => {
  test("that runs out is told before the invocation ends, and what works on is stopped", async () => {
    let progress = () => {};
    const { askRaw } = apiOn(
      catalogueOf({
        stats: (_, onProgress) => {
          progress = onProgress;
          return new Promise(() => {});
        },
      }),
    );
    const response = await askRaw("/stats", "by=type", 2_010);
    expect(await response.json()).toMatchObject({
      status: 504,
      code: "api.out_of_time",
      retry: true,
    });
    expect(progress).toThrow("in time");
  });

  test("is what the invocation has left, but for two seconds in which to say so", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { askRaw, answered } = apiOn(catalogueOf({ stats: () => new Promise(() => {}) }));
    const response = askRaw("/stats", "by=type", 30_000);
    await vi.advanceTimersByTimeAsync(27_999);
    expect(answered).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect((await response).status).toBe(504);
  });

  test("that is left lets a count go on", async () => {
    let progress = () => {};
    const { askRaw } = apiOn(
      catalogueOf({
        stats: (query, onProgress) => {
          progress = onProgress;
          progress();
          return oneFile.stats(query, onProgress);
        },
      }),
    );
    expect((await askRaw("/stats", "by=type")).status).toBe(200);
    expect(progress).not.toThrow();
  });
});

describe("an answer that is too long for Lambda", () => {
  const LAMBDA_BYTES = 6 * 1024 * 1024;
  /** As Lambda gets it from the function: the body is text within JSON. */
  const payload = (body: string) => Buffer.byteLength(JSON.stringify({ statusCode: 200, body }));

  // Control characters take six bytes in JSON, and one more where that stands in JSON again.
  const wide = "\u0001".repeat(2000);
  const keys = Array.from({ length: 1000 }, (_, index) => `${index}`.padStart(4, "0"));

  test("is a shorter page, from whose end the next goes on", async () => {
    const { ask } = apiOn(
      catalogueOf({
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
      const body = await (await ask(`/files?${next}`)).text();
      expect(payload(body)).toBeLessThan(LAMBDA_BYTES);
      const page: { records: { key: string }[]; next?: { startAfter: string } } = JSON.parse(body);
      expect(page.records.length).toBeGreaterThan(50);
      seen.push(...page.records.map(({ key }) => key));
      next = page.next === undefined ? "" : `limit=1000&startAfter=${page.next.startAfter}`;
    }
    expect(seen).toEqual(keys);
  });

  test("and has no pages is refused with what to do", async () => {
    const { ask } = apiOn(
      catalogueOf({
        stats: () =>
          Promise.resolve({
            groups: keys.map((name) => ({ name: name + wide, files: 1, bytes: 1 })),
            total: { files: 1, bytes: 1 },
            read: { requests: 1, items: 1, units: 1 },
          }),
      }),
    );
    expect(await (await ask("/stats?by=folder")).json()).toMatchObject({
      status: 400,
      code: "api.answer_too_long",
      help: expect.stringContaining("smaller limit"),
    });
  });
});

test("each request is told of once, with what became of it", async () => {
  const { ask, answered } = apiOn(oneFile);
  await ask("/file?key=a");
  await ask("/files/gone", { method: "HEAD" });
  expect(answered).toMatchObject([
    { method: "GET", path: "/file", status: 200 },
    { method: "HEAD", path: "/files/gone", status: 404, error: { code: "catalog.no_record" } },
  ]);
  expect(answered[0]).not.toHaveProperty("error");
});
