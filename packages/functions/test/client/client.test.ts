import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ApiError, type ClientOptions, createClient } from "../../src/client/index.ts";
import { apiOn, catalogueOf, fileRecord, oneFile } from "../api/fixture.ts";

const URL_OF_API = "https://abc.lambda-url.eu-central-1.on.aws/";
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

type Answer = (request: Request) => Response | Promise<Response>;

/** A client whose requests are answered in turn, the last answer for all that follow; and the requests. */
function clientOf(answers: Answer[], options: Partial<ClientOptions> = {}) {
  const requests: Request[] = [];
  const client = createClient({
    url: URL_OF_API,
    credentials,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      requests.push(request);
      const answer = answers[Math.min(requests.length, answers.length) - 1];
      if (answer === undefined) throw new TypeError("fetch failed");
      return answer(request);
    },
    ...options,
  });
  return { client, requests };
}

const api: Answer = (request) => apiOn(oneFile).app.request(request);
const problem = (status: number, code: string, retry: boolean) => () =>
  new Response(JSON.stringify({ status, code, detail: "It failed.", retry }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
const failure = async (work: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error;
  throw new Error("it did not fail with an ApiError", { cause: error });
};

describe("a request", () => {
  test("is signed for lambda in the region that the URL names", async () => {
    const { client, requests } = clientOf([api]);
    await client.get("a");
    const headers = Object.fromEntries(requests[0]?.headers ?? []);
    expect(headers["authorization"]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/lambda\/aws4_request, /,
    );
    expect(headers["authorization"]).toContain("SignedHeaders=host;");
    expect(headers).not.toHaveProperty("x-amz-security-token");
  });

  test("carries the token of a session, and each asks for credentials that may be new", async () => {
    let session = 0;
    const { client, requests } = clientOf([api], {
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

  test("asks for any key verbatim, in letters that no signer and no server reads in two ways", async () => {
    const key = fc
      .string({ unit: "binary", minLength: 1, maxLength: 100 })
      .filter((text) => text !== "");
    await fc.assert(
      fc.asyncProperty(key, async (key) => {
        const { client, requests } = clientOf([
          (request) =>
            apiOn(catalogueOf({ get: (key) => Promise.resolve(fileRecord(key)) })).app.request(
              request,
            ),
        ]);
        expect(await client.get(key)).toMatchObject({ key });
        const [request] = requests;
        expect(new URL(request?.url ?? "").search).toMatch(/^\?key=[A-Za-z0-9_.~%-]+$/);
      }),
    );
  });

  test("goes below the URL's path, with or without a slash at its end", async () => {
    for (const url of ["http://127.0.0.1:1/_url/abc/", "http://127.0.0.1:1/_url/abc"]) {
      const { client, requests } = clientOf([() => Response.json({})], {
        url,
        region: "us-east-1",
      });
      await client.stats({ by: "type" });
      expect(requests[0]?.url).toBe("http://127.0.0.1:1/_url/abc/stats?by=type");
    }
  });

  test("cannot be signed where neither the URL nor anybody says the region", () => {
    expect(() => createClient({ url: "http://127.0.0.1:1/", credentials })).toThrow(
      expect.objectContaining({ code: "client.no_region", retry: false }),
    );
  });

  test("is given up when its caller does not want it any more", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const { client, requests } = clientOf([
      () => {
        controller.abort(reason);
        return problem(503, "catalog.read_failed", true)();
      },
    ]);
    await expect(client.get("a", { signal: controller.signal })).rejects.toBe(reason);
    expect(requests).toHaveLength(1);
  });
});

describe("an answer", () => {
  test("of each path is what the API said", async () => {
    const { client } = clientOf([api]);
    expect(await client.get("a", { deleted: true })).toEqual(fileRecord("a"));
    expect(await client.stats({ by: "type" })).toMatchObject({ total: { files: 3, bytes: 12 } });
    expect(await client.openApi()).toMatchObject({ openapi: "3.1.1" });
  });

  test("that there is no such record is undefined", async () => {
    const { client } = clientOf([api]);
    expect(await client.get("gone")).toBeUndefined();
  });

  test("in pages is fetched page by page, each with what the one before said", async () => {
    const page = (next: object | undefined) => () =>
      Response.json({ records: [], prefixes: [], unfit: [], read: {}, next });
    const { client, requests } = clientOf([
      page({ startAfter: "a b", startAfterTime: "2026-11-23T06:24:02.000Z" }),
      page({ startAfter: "c" }),
      page(undefined),
    ]);
    const pages = client.find({ prefix: "x", metadata: { author: "Zoë", n: "1" }, limit: 2 });
    const queries: string[] = [];
    for await (const _ of pages) {
      queries.push(decodeURIComponent(new URL(requests.at(-1)?.url ?? "").search));
      expect(requests).toHaveLength(queries.length);
    }
    const asked = "?prefix=x&limit=2&metadata=author=Zoë&metadata=n=1";
    expect(queries).toEqual([
      asked,
      `${asked}&startAfter=a b&startAfterTime=2026-11-23T06:24:02.000Z`,
      `${asked}&startAfter=c`,
    ]);
  });
});

describe("a failure", () => {
  test("that may pass is tried again, until it passes", async () => {
    const throttled = () => new Response("Rate exceeded", { status: 429 });
    const broken = () => {
      throw new TypeError("fetch failed");
    };
    for (const passing of [throttled, broken, problem(503, "catalog.read_failed", true)]) {
      const { client, requests } = clientOf([passing, api]);
      expect(await client.get("a")).toMatchObject({ key: "a" });
      expect(requests).toHaveLength(2);
    }
  });

  test("that stays is told after as many attempts as were asked for", async () => {
    const { client, requests } = clientOf([problem(503, "catalog.read_failed", true)], {
      maxAttempts: 2,
    });
    expect(await failure(client.get("a"))).toMatchObject({
      code: "catalog.read_failed",
      status: 503,
      retry: true,
    });
    expect(requests).toHaveLength(2);
  });

  test("says how long to wait, if the answer does so in seconds", async () => {
    const told = async (retryAfter: string) => {
      const headers = { "retry-after": retryAfter };
      const answer = () => new Response("Rate exceeded", { status: 429, headers });
      return (await failure(clientOf([answer], { maxAttempts: 1 }).client.get("a"))).retryAfter;
    };
    expect(await told("7")).toBe(7);
    expect(await told("Wed, 25 Nov 2026 10:00:00 GMT")).toBeUndefined();
  });

  test("that cannot pass is told at once, with all that the API says", async () => {
    const { client, requests } = clientOf([api]);
    const error = await failure(client.stats({ by: "type", limit: 0 }));
    expect(error).toMatchObject({
      code: "query.invalid",
      status: 400,
      retry: false,
      errors: [{ parameter: "limit", detail: "must be 1 to 1000" }],
      help: expect.stringContaining("/openapi.json"),
      requestId: expect.stringMatching(/./),
    });
    expect(error.message).toContain("limit");
    expect(requests).toHaveLength(1);
  });

  test("to be let in says what is needed", async () => {
    const { client } = clientOf([() => Response.json({ Message: "Forbidden" }, { status: 403 })]);
    expect(await failure(client.get("a"))).toMatchObject({
      code: "client.forbidden",
      status: 403,
      retry: false,
      help: expect.stringContaining("lambda:InvokeFunctionUrl"),
    });
  });

  test("to speak the API's language is no crash", async () => {
    for (const body of ["<html>", "null", '{"code":1}', ""]) {
      const answer = () =>
        new Response(body, {
          status: 400,
          headers: { "content-type": "application/problem+json" },
        });
      expect(await failure(clientOf([answer]).client.get("a"))).toMatchObject({
        code: "client.unexpected_answer",
        status: 400,
      });
    }
    const { client } = clientOf([() => new Response("<html>")], { maxAttempts: 1 });
    expect(await failure(client.get("a"))).toMatchObject({ code: "client.no_answer" });
  });
});
