import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { RawRequest } from "../src/sigv4/index.ts";
import {
  headerOf,
  KEY,
  NOW,
  ODD_KEYS,
  pathOf,
  reasonOf,
  sign,
  signByHand,
  verify,
  withHeader,
} from "./signer.ts";
import { sha256 } from "./wire.ts";

describe("a request signed in the header", () => {
  test.each(ODD_KEYS)("is accepted for the S3 key %j", async (key) => {
    const request = await sign({ method: "PUT", path: pathOf(key), body: "content" });

    expect(verify(request)).toMatchObject({
      ok: true,
      accessKeyId: KEY.accessKeyId,
      service: "s3",
    });
  });

  test("yields the access key, the scope, the time and the body hash", async () => {
    const request = await sign({ method: "PUT", path: "/bucket/key", body: "content" });

    expect(verify(request)).toStrictEqual({
      ok: true,
      accessKeyId: KEY.accessKeyId,
      service: "s3",
      region: "us-east-1",
      signedAt: NOW,
      isPresigned: false,
      bodyHash: sha256("content"),
    });
  });

  test.each(["/", "/a b/%2F", "/a/../b", "//a//b/", "/%C3%BC(x)!*", "/a%20b"])(
    "is accepted for the path %j of a service that encodes it twice",
    async (path) => {
      const request = await sign({ method: "POST", path, service: "lambda", body: "{}" });

      expect(reasonOf(request)).toBe("ok");
    },
  );

  test("is accepted with a query of several values, empty values and special characters", async () => {
    const query = {
      "list-type": "2",
      prefix: "a+b /é&=",
      delimiter: "/",
      acl: "",
      "b*'()!": ["2", "1", "1 0"],
    };

    expect(reasonOf(await sign({ path: "/bucket", query }))).toBe("ok");
  });

  test("is accepted if the client wrote a space in the query as +", async () => {
    const request = await sign({ path: "/bucket", query: { prefix: "a b+" } });

    expect(reasonOf({ ...request, url: "/bucket?prefix=a+b%2B" })).toBe("ok");
  });

  test("is accepted if the client escaped less in the path than in the signature", async () => {
    const request = await sign({ path: pathOf("(a) 'b'!*") });

    expect(reasonOf({ ...request, url: "/bucket/(a)%20'b'!*" })).toBe("ok");
  });

  test.each([
    "UNSIGNED-PAYLOAD",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  ])("is accepted for S3 with the body hash %s", async (bodyHash) => {
    const request = await sign({
      method: "PUT",
      path: "/b/k",
      headers: { "x-amz-content-sha256": bodyHash },
    });

    expect(verify({ ...request, bodySha256: undefined })).toMatchObject({ ok: true, bodyHash });
  });

  test("is accepted if a proxy changed the spaces in a header", async () => {
    const request = await sign({ path: "/b/k", headers: { "x-amz-meta-name": "a  b" } });

    expect(reasonOf(withHeader(request, "x-amz-meta-name", " a   b "))).toBe("ok");
  });

  test("is accepted with Date instead of X-Amz-Date", () => {
    const request = signByHand({
      date: "Mon, 23 Nov 2026 12:00:00 GMT",
      signedHeaders: "date;host",
    });

    expect(reasonOf(request)).toBe("ok");
  });

  test("is accepted with a repeated header", () => {
    const repeated = ["x-amz-meta-tag", "one", "X-Amz-Meta-Tag", "two"];
    const request = signByHand({
      headers: repeated,
      canonical: "x-amz-meta-tag:one,two\n",
      signedHeaders: "host;x-amz-date;x-amz-meta-tag",
    });

    expect(reasonOf(request)).toBe("ok");
  });

  test("is rejected after any change to a signed part", async () => {
    const request = await sign({
      method: "PUT",
      path: "/bucket/a/key",
      query: { partNumber: "1", uploadId: "u" },
      headers: { "x-amz-meta-name": "value", "content-type": "text/plain" },
      body: "content",
    });
    const changed: RawRequest[] = [
      { ...request, method: "DELETE" },
      { ...request, url: request.url.replace("/a/", "/b/") },
      { ...request, url: request.url.replace("/a/", "/A/") },
      { ...request, url: request.url.replace("/a/", "/./a/") },
      { ...request, url: request.url.replace("partNumber=1", "partNumber=2") },
      { ...request, url: `${request.url}&acl` },
      withHeader(request, "x-amz-meta-name", "other"),
      withHeader(request, "content-type", "text/html"),
      withHeader(request, "host", "elsewhere"),
    ];

    expect(changed.map((each) => reasonOf(each))).toStrictEqual(changed.map(() => "mismatch"));
    expect(reasonOf(request)).toBe("ok");
  });

  test("is rejected with another body", async () => {
    const request = await sign({ method: "PUT", path: "/b/k", body: "content" });

    expect(reasonOf({ ...request, bodySha256: sha256("other") })).toBe("body_mismatch");
    const table = await sign({ method: "POST", service: "dynamodb", body: "{}" });
    expect(reasonOf({ ...table, bodySha256: sha256("{ }") })).toBe("mismatch");
    expect(reasonOf({ ...table, bodySha256: undefined })).toBe("bad_body_hash");
  });

  test("is rejected with an unsigned x-amz- header", async () => {
    const request = await sign({ path: "/b/k" });

    expect(reasonOf(withHeader(request, "x-amz-acl", "public-read"))).toBe("unsigned_header");
    expect(reasonOf(withHeader(request, "x-forwarded-for", "10.0.0.1"))).toBe("ok");
  });

  test("must contain the session token of temporary credentials", async () => {
    const temporary = { credentialOf: () => ({ ...KEY, sessionToken: "token/+=" }) };
    const request = await sign({ path: "/b/k", sessionToken: "token/+=" });

    expect(reasonOf(request, temporary)).toBe("ok");
    expect(reasonOf(await sign({ path: "/b/k" }), temporary)).toBe("bad_token");
    expect(reasonOf(await sign({ path: "/b/k", sessionToken: "other" }), temporary)).toBe(
      "bad_token",
    );
    expect(reasonOf(request)).toBe("bad_token");
  });

  test.each([
    ["s3", 15],
    ["dynamodb", 5],
  ])("for %s is accepted within %i minutes of its time", async (service, minutes) => {
    const request = await sign({ method: "POST", service, body: "{}" });
    const at = (seconds: number) => ({ now: new Date(NOW.getTime() + seconds * 1000) });
    const limit = minutes * 60;

    expect(
      [-limit - 1, -limit, limit, limit + 1].map((seconds) => reasonOf(request, at(seconds))),
    ).toStrictEqual(["skewed", "ok", "ok", "skewed"]);
  });

  test("is rejected for another service or region", async () => {
    const request = await sign({ method: "POST", service: "dynamodb", body: "{}" });

    expect(reasonOf(request, { expect: { service: "dynamodb", region: "us-east-1" } })).toBe("ok");
    expect(reasonOf(request, { expect: { service: "sqs" } })).toBe("wrong_scope");
    expect(reasonOf(request, { expect: { region: "eu-west-1" } })).toBe("wrong_scope");
  });

  test("is rejected with an unknown key or another secret", async () => {
    const request = await sign({ path: "/b/k" });
    const otherSecret = { credentialOf: () => ({ secretAccessKey: "another" }) };

    expect(reasonOf(request, { credentialOf: () => undefined })).toBe("unknown_key");
    expect(reasonOf(request, otherSecret)).toBe("mismatch");
  });

  test("is rejected without an exception for any malformed header", async () => {
    const request = await sign({ path: "/b/k" });
    const authorization = headerOf(request, "authorization");
    const wrong: Record<string, string> = {
      "": "unsupported",
      "AWS4-HMAC-SHA256": "malformed_header",
      "AWS AKIAOFFLINE000000001:c2lnbmF0dXJl": "unsupported",
      "AWS4-ECDSA-P256-SHA256 Credential=a": "unsupported",
      [authorization.replace("Signature=", "Sig=")]: "malformed_header",
      [authorization.replace(/Signature=.*/, "Signature=zz")]: "malformed_header",
      [authorization.replace(/Signature=.*/, `Signature=${"0".repeat(64)}`)]: "mismatch",
      [authorization.replace("/aws4_request", "")]: "malformed_header",
      [authorization.replace("20261123/", "20261122/")]: "malformed_header",
      [authorization.replace("host;", "")]: "unsigned_header",
      [authorization.replace("host;", "host;a;")]: "malformed_header",
      [`${authorization}, Signature=${"0".repeat(64)}`]: "malformed_header",
    };

    const reasons = Object.keys(wrong).map((header) =>
      reasonOf(withHeader(request, "authorization", header)),
    );
    expect(reasons).toStrictEqual(Object.values(wrong));
    expect(
      reasonOf({ ...request, headers: [...request.headers, "Authorization", authorization] }),
    ).toBe("malformed_header");
    expect(reasonOf(withHeader(request, "x-amz-date", "20269999T999999Z"))).toBe(
      "malformed_header",
    );
    expect(reasonOf(withHeader(request, "x-amz-content-sha256", "nothing"))).toBe("bad_body_hash");
  });

  test("is missing from an unsigned request", () => {
    expect(reasonOf({ method: "GET", url: "/b/k?prefix=x", headers: ["host", "h"] })).toBe(
      "missing",
    );
    expect(
      reasonOf({ method: "GET", url: "/b/k?AWSAccessKeyId=a&Signature=b&Expires=1", headers: [] }),
    ).toBe("unsupported");
  });

  test("is accepted for any key, query and metadata", { timeout: 60_000 }, async () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, fc.dictionary(text, text), fc.string(), async (key, query, meta) => {
        const names = new Set(Object.keys(query).map((name) => name.toLowerCase()));
        fc.pre(!names.has("x-amz-signature") && !names.has("__proto__"));
        const request = await sign({ path: pathOf(key), query, headers: { "x-amz-meta-m": meta } });

        expect(reasonOf(request)).toBe("ok");
      }),
    );
  });
});
