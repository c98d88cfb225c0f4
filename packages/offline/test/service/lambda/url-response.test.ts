import { describe, expect, test } from "vitest";

import { urlResponse } from "../../../src/service/lambda/url-response.ts";

const answerTo = (result: unknown) => {
  const { status, headers, body } = urlResponse(JSON.stringify(result));
  return { status, headers, body: body.toString() };
};
const json = { "content-type": "application/json" };

describe("a result that says nothing of HTTP is the body, with status 200", () => {
  // As AWS answers them.
  test.each([
    ["an object", { hello: "world" }, '{"hello":"world"}'],
    ["text, as it is", "hello", "hello"],
    ["a list", ["hello", 3, true], '["hello",3,true]'],
    ["a number", 3.1, "3.1"],
    ["true", true, "true"],
    ["null", null, "null"],
  ])("%s", (_, result, body) => {
    expect(answerTo(result)).toEqual({ status: 200, headers: json, body });
  });
});

describe("a result with a status", () => {
  test("is the answer that it describes", () => {
    const result = {
      statusCode: 201,
      headers: { "X-Count": 3, "Content-Type": "text/html", Location: "/x" },
      cookies: ["a=1; Secure", "b=2"],
      body: "<p>日</p>",
    };

    expect(answerTo(result)).toEqual({
      status: 201,
      headers: {
        "x-count": "3",
        "content-type": "text/html",
        location: "/x",
        "set-cookie": ["a=1; Secure", "b=2"],
      },
      body: "<p>日</p>",
    });
  });

  test("is JSON where it does not say, and may have no body", () => {
    expect(answerTo({ statusCode: "204", headers: null })).toEqual({
      status: 204,
      headers: json,
      body: "",
    });
  });

  test("may have a binary body", () => {
    const { body } = urlResponse(
      JSON.stringify({ statusCode: 200, body: "/wD+", isBase64Encoded: true }),
    );

    expect([...Buffer.from(body)]).toEqual([0xff, 0x00, 0xfe]);
  });

  test("says nothing of the connection, which is the server's affair", () => {
    const headers = { "Content-Length": "9000", "transfer-encoding": "chunked", connection: "x" };

    expect(answerTo({ statusCode: 200, headers }).headers).toEqual(json);
  });
});

describe("there is no answer for", () => {
  test.each([
    ["a status that is none", { statusCode: "ok" }],
    ["a status out of range", { statusCode: 1000 }],
    ["a status before the end", { statusCode: 100 }],
    ["a body that is an object", { statusCode: 200, body: { a: 1 } }],
    ["a header that holds another", { statusCode: 200, headers: { x: "1\r\nset-cookie: a=1" } }],
    ["a header with an impossible name", { statusCode: 200, headers: { "a b": "1" } }],
    ["a cookie that holds another", { statusCode: 200, cookies: ["a=1\nb"] }],
  ])("%s", (_, result) => {
    expect(() => answerTo(result)).toThrow(/^invalid HTTP response: /);
  });
});
