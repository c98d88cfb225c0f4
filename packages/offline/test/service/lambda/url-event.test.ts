import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";

import { urlEvent } from "../../../src/service/lambda/url-event.ts";

const UrlEvent = z.object({
  version: z.string(),
  routeKey: z.string(),
  rawPath: z.string(),
  rawQueryString: z.string(),
  cookies: z.optional(z.array(z.string())),
  headers: z.record(z.string(), z.string()),
  queryStringParameters: z.optional(z.record(z.string(), z.string())),
  requestContext: z.object({
    accountId: z.string(),
    apiId: z.string(),
    http: z.object({ method: z.string(), path: z.string(), sourceIp: z.string() }),
    time: z.string(),
    timeEpoch: z.number(),
  }),
  body: z.optional(z.string()),
  isBase64Encoded: z.boolean(),
});

const url = { urlId: "abc", authorization: "NONE", accountId: "123456789012" };
const server = http.createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const event = urlEvent(url, request, request.url ?? "", Buffer.concat(chunks));
    response.end(JSON.stringify(event));
  });
});

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => server.close());

/** Returns the event for a request. The path is sent unchanged, unlike with `fetch`. */
async function eventFor(path: string, options: http.RequestOptions = {}, body?: Buffer | string) {
  const { port } = server.address() as AddressInfo;
  const request = http.request({ host: "127.0.0.1", port, path, agent: false, ...options });
  request.end(body);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return UrlEvent.parse(JSON.parse(Buffer.concat(chunks).toString()));
}

describe("the path", () => {
  test.each(["/a%20b/%E6%97%A5", "/a%2Fb", "/100%", "/pa2%Fth/1", "//a/../b/.", "/a+b;c=d"])(
    "is passed as sent, without decoding: %s",
    async (path) => {
      const { rawPath, requestContext } = await eventFor(path);

      expect([rawPath, requestContext.http.path]).toEqual([path, path]);
    },
  );

  test("is / for the bare URL", () => {
    const request = new http.IncomingMessage(null as never);
    Object.assign(request, { socket: { remoteAddress: "127.0.0.1" } });

    expect(urlEvent(url, request, "?a=1", Buffer.alloc(0))).toMatchObject({
      rawPath: "/",
      rawQueryString: "a=1",
    });
  });
});

describe("the query", () => {
  test("is passed raw, and decoded with repeated parameters joined", async () => {
    const event = await eventFor("/?a=1&b=x%20y+z&a=2&empty=&c=%E6%97%A5");

    expect(event.rawQueryString).toBe("a=1&b=x%20y+z&a=2&empty=&c=%E6%97%A5");
    expect(event.queryStringParameters).toEqual({ a: "1,2", b: "x y z", empty: "", c: "日" });
  });

  test("can contain question marks", async () => {
    expect((await eventFor("/p?a=1?b=2")).rawQueryString).toBe("a=1?b=2");
  });

  test("has no parameters if it is empty", async () => {
    expect(await eventFor("/")).not.toHaveProperty("queryStringParameters");
  });

  test("can have the names of object members", async () => {
    const { queryStringParameters } = await eventFor("/?toString=1&constructor=2");

    expect(queryStringParameters).toEqual({ toString: "1", constructor: "2" });
  });
});

test("has the method, headers and cookies of the request", async () => {
  const headers = { "X-One": "1", "x-two": ["a", "b"], cookie: "a=1; b=2", "user-agent": "test" };
  const event = await eventFor("/", { method: "DELETE", headers });

  expect(event.requestContext.http).toMatchObject({ method: "DELETE", sourceIp: "127.0.0.1" });
  expect(event.headers).toMatchObject({ "x-one": "1", "x-two": "a, b", "user-agent": "test" });
  expect(event.cookies).toEqual(["a=1", "b=2"]);
  expect(event.headers).not.toHaveProperty("cookie");
});

test("has the time in the Common Log Format", async () => {
  const { time, timeEpoch } = (await eventFor("/")).requestContext;

  expect(time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  expect(Date.parse(time.replaceAll("/", " ").replace(":", " "))).toBe(
    Math.floor(timeEpoch / 1000) * 1000,
  );
});

test("has no account ID without IAM authentication", async () => {
  expect((await eventFor("/")).requestContext.accountId).toBe("anonymous");
});

describe("the body", () => {
  const bodyOf = async (contentType: string | undefined, body: Buffer | string) => {
    const headers = contentType === undefined ? {} : { "content-type": contentType };
    const event = await eventFor("/", { method: "POST", headers }, body);
    return { body: event.body, isBase64Encoded: event.isBase64Encoded };
  };

  test.each([
    "text/plain",
    "application/json; charset=utf-8",
    "application/problem+json",
    "text/x",
  ])("of %s is passed as text", async (type) => {
    expect(await bodyOf(type, "{日}")).toEqual({ body: "{日}", isBase64Encoded: false });
  });

  test.each(["application/octet-stream", "application/x-www-form-urlencoded", "image/png"])(
    "of %s is passed in Base64",
    async (type) => {
      expect(await bodyOf(type, "a=b")).toEqual({ body: "YT1i", isBase64Encoded: true });
    },
  );

  test("that is not UTF-8 is passed in Base64, even if its type is text", async () => {
    expect(await bodyOf("text/plain", Buffer.from([0xff, 0xfe]))).toEqual({
      body: "//4=",
      isBase64Encoded: true,
    });
  });

  test("is absent if it is empty", async () => {
    expect(await bodyOf("text/plain", "")).toEqual({ body: undefined, isBase64Encoded: false });
  });
});
