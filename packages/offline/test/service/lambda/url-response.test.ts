import { describe, expect, test } from "vitest";

import { urlResponse } from "../../../src/service/lambda/url-response.ts";

const responseTo = (result: unknown) => {
  const { status, headers, body } = urlResponse(JSON.stringify(result));
  return { status, headers, body: body.toString() };
};
const json = { "content-type": "application/json" };

describe("a result without a status code is the body, with status 200", () => {
  // These are the responses of AWS.
  test.each([
    ["an object", { hello: "world" }, '{"hello":"world"}'],
    ["text, as it is", "hello", "hello"],
    ["a list", ["hello", 3, true], '["hello",3,true]'],
    ["a number", 3.1, "3.1"],
    ["true", true, "true"],
    ["null", null, "null"],
  ])("%s", (_, result, body) => {
    expect(responseTo(result)).toEqual({ status: 200, headers: json, body });
  });
});

describe("a result with a status code", () => {
  test("is the described response", () => {
    const result = {
      statusCode: 201,
      headers: { "X-Count": 3, "Content-Type": "text/html", Location: "/x" },
      cookies: ["a=1; Secure", "b=2"],
      body: "<p>日</p>",
    };

    expect(responseTo(result)).toEqual({
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

  test("has the type JSON by default, and needs no body", () => {
    expect(responseTo({ statusCode: "204", headers: null })).toEqual({
      status: 204,
      headers: json,
      body: "",
    });
  });

  test("can have a binary body", () => {
    const { body } = urlResponse(
      JSON.stringify({ statusCode: 200, body: "/wD+", isBase64Encoded: true }),
    );

    expect([...Buffer.from(body)]).toEqual([0xff, 0x00, 0xfe]);
  });

  test("cannot set the headers of the connection", () => {
    const headers = { "Content-Length": "9000", "transfer-encoding": "chunked", connection: "x" };

    expect(responseTo({ statusCode: 200, headers }).headers).toEqual(json);
  });
});

describe("rejects a result with", () => {
  test.each([
    ["a status code that is not a number", { statusCode: "ok" }],
    ["a status code that is too large", { statusCode: 1000 }],
    ["an informational status code", { statusCode: 100 }],
    ["a body that is an object", { statusCode: 200, body: { a: 1 } }],
    ["a header with a line break", { statusCode: 200, headers: { x: "1\r\nset-cookie: a=1" } }],
    ["a header with an invalid name", { statusCode: 200, headers: { "a b": "1" } }],
    ["a cookie with a line break", { statusCode: 200, cookies: ["a=1\nb"] }],
  ])("%s", (_, result) => {
    expect(() => responseTo(result)).toThrow(/^invalid HTTP response: /);
  });
});
