import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createClient } from "../src/index.ts";
import {
  clientWith,
  credentials,
  failureOf,
  fileRecord,
  problem,
  record,
  unavailable,
} from "./fixture.ts";

describe("a request", () => {
  test("is signed for the service lambda in the region of the URL", async () => {
    const { client, requests } = clientWith([record]);
    await client.get("a");
    const headers = Object.fromEntries(requests[0]?.headers ?? []);
    expect(headers["authorization"]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/lambda\/aws4_request, /,
    );
    expect(headers["authorization"]).toContain("SignedHeaders=host;");
    expect(headers).not.toHaveProperty("x-amz-security-token");
  });

  test("carries the session token, and reads expired credentials again", async () => {
    let session = 0;
    const { client, requests } = clientWith([record], {
      credentials: async () => {
        session += 1;
        return { ...credentials, sessionToken: `session ${session}`, expiration: new Date(0) };
      },
    });
    await client.get("a");
    await client.get("a");
    expect(requests.map(({ headers }) => headers.get("x-amz-security-token"))).toEqual([
      "session 1",
      "session 2",
    ]);
  });

  test("sends any key verbatim, with only unreserved characters in the query string", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 1, maxLength: 100 }), async (key) => {
        const { client, requests } = clientWith([record]);
        expect(await client.get(key)).toMatchObject({ key });
        const [request] = requests;
        expect(new URL(request?.url ?? "").search).toMatch(/^\?key=[A-Za-z0-9_.~%-]+$/);
      }),
    );
  });

  test("extends the path of the URL, with or without a trailing slash", async () => {
    for (const url of ["http://127.0.0.1:1/_url/abc/", "http://127.0.0.1:1/_url/abc"]) {
      const { client, requests } = clientWith([() => Response.json({})], {
        url,
        region: "us-east-1",
      });
      await client.stats({ by: "type" });
      expect(requests[0]?.url).toBe("http://127.0.0.1:1/_url/abc/stats?by=type");
    }
  });

  test("needs a region from the URL or the options", () => {
    expect(() => createClient({ url: "http://127.0.0.1:1/", credentials })).toThrow(
      expect.objectContaining({ code: "client.no_region", retry: false }),
    );
  });

  test("stops when its signal is aborted", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const { client, requests } = clientWith([
      (request) => {
        controller.abort(reason);
        return unavailable(request);
      },
    ]);
    await expect(client.get("a", { signal: controller.signal })).rejects.toBe(reason);
    expect(requests).toHaveLength(1);
  });
});

describe("a response", () => {
  test("is returned as the API sent it", async () => {
    const { client, requests } = clientWith([record]);
    expect(await client.get("a", { deleted: true })).toEqual(fileRecord("a"));
    expect(requests[0]?.url).toMatch(/\/file\?key=a&deleted=true$/);

    const stats = { groups: [], total: { files: 3, bytes: 12 } };
    expect(await clientWith([() => Response.json(stats)]).client.stats({ by: "type" })).toEqual(
      stats,
    );

    const other = clientWith([() => Response.json({ openapi: "3.1.1" })]);
    expect(await other.client.openApi()).toEqual({ openapi: "3.1.1" });
    expect(other.requests[0]?.url).toMatch(/\/openapi\.json$/);
  });

  test("is undefined for a key without a record", async () => {
    const { client } = clientWith([problem(404, "catalog.no_record")]);
    expect(await client.get("gone")).toBeUndefined();
  });

  test("is fetched page by page, each with the cursor of the previous page", async () => {
    const page = (next: object | undefined) => () =>
      Response.json({ records: [], prefixes: [], unfit: [], read: {}, next });
    const { client, requests } = clientWith([
      page({ startAfter: "a b", startAfterTime: "2026-11-23T06:24:02.000Z" }),
      page({ startAfter: "c" }),
      page(undefined),
    ]);
    const pages = client.find({
      prefix: "x",
      by: "192.0.2.7",
      metadata: { author: "Zoë", n: "1" },
      limit: 2,
    });
    const queries: string[] = [];
    for await (const _ of pages) {
      queries.push(decodeURIComponent(new URL(requests.at(-1)?.url ?? "").search));
      expect(requests).toHaveLength(queries.length);
    }
    const first = "?prefix=x&by=192.0.2.7&limit=2&metadata=author=Zoë&metadata=n=1";
    expect(queries).toEqual([
      first,
      `${first}&startAfter=a b&startAfterTime=2026-11-23T06:24:02.000Z`,
      `${first}&startAfter=c`,
    ]);
  });
});

describe("a failure", () => {
  test("that may pass is retried until it passes", async () => {
    const throttled = () => new Response("Rate exceeded", { status: 429 });
    const broken = () => {
      throw new TypeError("fetch failed");
    };
    for (const passing of [throttled, broken, unavailable]) {
      const { client, requests } = clientWith([passing, record]);
      expect(await client.get("a")).toMatchObject({ key: "a" });
      expect(requests).toHaveLength(2);
    }
  });

  test("that does not pass is thrown after maxAttempts", async () => {
    const { client, requests } = clientWith([unavailable], { maxAttempts: 2 });
    expect(await failureOf(client.get("a"))).toMatchObject({
      code: "catalog.read_failed",
      status: 503,
      retry: true,
    });
    expect(requests).toHaveLength(2);
  });

  test("has the seconds of Retry-After", async () => {
    const retryAfterOf = async (value: string) => {
      const headers = { "retry-after": value };
      const answer = () => new Response("Rate exceeded", { status: 429, headers });
      return (await failureOf(clientWith([answer], { maxAttempts: 1 }).client.get("a"))).retryAfter;
    };
    expect(await retryAfterOf("7")).toBe(7);
    expect(await retryAfterOf("Wed, 25 Nov 2026 10:00:00 GMT")).toBeUndefined();
  });

  test("that cannot pass is thrown at once, with everything that the API says", async () => {
    const details = {
      detail: "The query is not valid: limit must be 1 to 1000.",
      help: "Correct the parameters.",
      requestId: "9727a9a6",
      errors: [{ parameter: "limit", detail: "must be 1 to 1000" }, { parameter: 1 }],
    };
    const { client, requests } = clientWith([problem(400, "query.invalid", details)]);
    const error = await failureOf(client.stats({ by: "type", limit: 0 }));
    expect(error).toMatchObject({
      message: details.detail,
      code: "query.invalid",
      status: 400,
      retry: false,
      errors: [{ parameter: "limit", detail: "must be 1 to 1000" }],
      help: "Correct the parameters.",
      requestId: "9727a9a6",
    });
    expect(requests).toHaveLength(1);
  });

  test("of authorization names the permissions that are needed", async () => {
    const { client } = clientWith([() => Response.json({ Message: "Forbidden" }, { status: 403 })]);
    expect(await failureOf(client.get("a"))).toMatchObject({
      code: "client.forbidden",
      status: 403,
      retry: false,
      help: expect.stringContaining("lambda:InvokeFunctionUrl"),
    });
  });

  test("without a valid problem document is an ApiError too", async () => {
    for (const body of ["<html>", "null", '{"code":1}', ""]) {
      const answer = () =>
        new Response(body, {
          status: 400,
          headers: { "content-type": "application/problem+json" },
        });
      expect(await failureOf(clientWith([answer]).client.get("a"))).toMatchObject({
        code: "client.unexpected_answer",
        status: 400,
      });
    }
    const { client } = clientWith([() => new Response("<html>")], { maxAttempts: 1 });
    expect(await failureOf(client.get("a"))).toMatchObject({ code: "client.no_answer" });
  });
});
