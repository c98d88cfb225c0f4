import { createHmac } from "node:crypto";

import { SignatureV4 } from "@smithy/signature-v4";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { awsError, verifySignature, type RawRequest, type Verification } from "../src/sigv4.ts";
import { Sha256, sha256 } from "./wire.ts";

const KEY = { accessKeyId: "AKIAOFFLINE000000001", secretAccessKey: "a/secret+key" };
const NOW = new Date("2026-11-23T12:00:00Z");

interface Ask {
  method?: string;
  /** Percent-encoded, as it goes over the wire. */
  path?: string;
  query?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  body?: string;
  service?: string;
  sessionToken?: string;
  signedAt?: Date;
  expiresIn?: number;
}

/** A request as the SDK's signer signs it; presigned if it is to expire. */
async function sign(ask: Ask): Promise<RawRequest> {
  const {
    method = "GET",
    path = "/",
    query = {},
    headers = {},
    body,
    service = "s3",
    signedAt = NOW,
  } = ask;
  const signer = new SignatureV4({
    service,
    region: "us-east-1",
    credentials: {
      ...KEY,
      ...(ask.sessionToken !== undefined && { sessionToken: ask.sessionToken }),
    },
    sha256: Sha256,
    uriEscapePath: service !== "s3",
    applyChecksum: service === "s3",
  });
  const request = {
    method,
    protocol: "http:",
    hostname: "localhost",
    path,
    query,
    headers: { host: "localhost:4566", ...headers },
    ...(body !== undefined && { body }),
  };
  const signed =
    ask.expiresIn === undefined
      ? await signer.sign(request, { signingDate: signedAt })
      : await signer.presign(request, { signingDate: signedAt, expiresIn: ask.expiresIn });
  const pairs = Object.entries(signed.query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? ""]).map(
      (each) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`,
    ),
  );
  return {
    method: signed.method,
    url: pairs.length > 0 ? `${signed.path}?${pairs.join("&")}` : signed.path,
    headers: Object.entries(signed.headers).flat(),
    bodySha256: sha256(body ?? ""),
  };
}

const verification: Verification = {
  credentialOf: (accessKeyId) => (accessKeyId === KEY.accessKeyId ? KEY : undefined),
  now: NOW,
};
const verify = (request: RawRequest, changes: Partial<Verification> = {}) =>
  verifySignature(request, { ...verification, ...changes });
const reasonOf = (request: RawRequest, changes: Partial<Verification> = {}): string => {
  const verdict = verify(request, changes);
  return verdict.ok ? "ok" : verdict.reason;
};
const withHeader = (request: RawRequest, name: string, value: string): RawRequest => {
  const headers = [...request.headers];
  const at = headers.findIndex((header, index) => index % 2 === 0 && header.toLowerCase() === name);
  if (at < 0) headers.push(name, value);
  else headers[at + 1] = value;
  return { ...request, headers };
};
const headerOf = (request: RawRequest, name: string): string => {
  const at = request.headers.findIndex(
    (header, index) => index % 2 === 0 && header.toLowerCase() === name,
  );
  return request.headers[at + 1] ?? "";
};

/** As S3 clients write a key in a path: everything but the slashes is escaped. */
const pathOf = (key: string): string => `/bucket/${encodeKey(key)}`;
const encodeKey = (key: string): string =>
  key
    .split("/")
    .map((part) =>
      encodeURIComponent(part).replaceAll(
        /[!'()*]/g,
        (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join("/");

const ODD_KEYS = [
  "plain.txt",
  "two words.txt",
  "a+b",
  "100%",
  "a%2Fb",
  "ünï/日本語/😀",
  "//",
  "/leading",
  "a//b",
  "a/../b",
  "./a/.",
  "*",
  "what?&=#",
  "'()!*",
  "~-._",
  "trailing/",
  "new\nline",
  'tab\tand \\ and "',
  "$&,;:@=",
];

describe("requests signed in the header", () => {
  test.each(ODD_KEYS)("are accepted for the S3 key %j", async (key) => {
    const request = await sign({ method: "PUT", path: pathOf(key), body: "content" });

    expect(verify(request)).toMatchObject({
      ok: true,
      accessKeyId: KEY.accessKeyId,
      service: "s3",
    });
  });

  test("tell who signed, for what, when, and what of the body", async () => {
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
    "are accepted for the path %j of a service that encodes it twice",
    async (path) => {
      const request = await sign({ method: "POST", path, service: "lambda", body: "{}" });

      expect(reasonOf(request)).toBe("ok");
    },
  );

  test("are accepted with a query of several values, empty values and odd characters", async () => {
    const query = {
      "list-type": "2",
      prefix: "a+b /é&=",
      delimiter: "/",
      acl: "",
      "b*'()!": ["2", "1", "1 0"],
    };

    expect(reasonOf(await sign({ path: "/bucket", query }))).toBe("ok");
  });

  test("are accepted where the client wrote a space of the query as +", async () => {
    const request = await sign({ path: "/bucket", query: { prefix: "a b+" } });

    expect(reasonOf({ ...request, url: "/bucket?prefix=a+b%2B" })).toBe("ok");
  });

  test("are accepted where the client wrote a path less strictly than it signed it", async () => {
    const request = await sign({ path: pathOf("(a) 'b'!*") });

    expect(reasonOf({ ...request, url: "/bucket/(a)%20'b'!*" })).toBe("ok");
  });

  test.each([
    "UNSIGNED-PAYLOAD",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  ])("may leave the body of an S3 request to %s", async (bodyHash) => {
    const request = await sign({
      method: "PUT",
      path: "/b/k",
      headers: { "x-amz-content-sha256": bodyHash },
    });

    expect(verify({ ...request, bodySha256: undefined })).toMatchObject({ ok: true, bodyHash });
  });

  test("are accepted with values whose spaces a proxy would collapse", async () => {
    const request = await sign({ path: "/b/k", headers: { "x-amz-meta-name": "a  b" } });

    expect(reasonOf(withHeader(request, "x-amz-meta-name", " a   b "))).toBe("ok");
  });

  test("are accepted with a Date header for want of X-Amz-Date", () => {
    const request = signByHand({
      date: "Mon, 23 Nov 2026 12:00:00 GMT",
      signedHeaders: "date;host",
    });

    expect(reasonOf(request)).toBe("ok");
  });

  test("join a header that is repeated", () => {
    const repeated = ["x-amz-meta-tag", "one", "X-Amz-Meta-Tag", "two"];
    const request = signByHand({
      headers: repeated,
      canonical: "x-amz-meta-tag:one,two\n",
      signedHeaders: "host;x-amz-date;x-amz-meta-tag",
    });

    expect(reasonOf(request)).toBe("ok");
  });

  test("hold only for what was signed: any change to any part is a mismatch", async () => {
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

  test("hold only for the body of which they state the hash", async () => {
    const request = await sign({ method: "PUT", path: "/b/k", body: "content" });

    expect(reasonOf({ ...request, bodySha256: sha256("other") })).toBe("body_mismatch");
    const table = await sign({ method: "POST", service: "dynamodb", body: "{}" });
    expect(reasonOf({ ...table, bodySha256: sha256("{ }") })).toBe("mismatch");
    expect(reasonOf({ ...table, bodySha256: undefined })).toBe("bad_body_hash");
  });

  test("may not carry an x-amz- header that was not signed", async () => {
    const request = await sign({ path: "/b/k" });

    expect(reasonOf(withHeader(request, "x-amz-acl", "public-read"))).toBe("unsigned_header");
    expect(reasonOf(withHeader(request, "x-forwarded-for", "10.0.0.1"))).toBe("ok");
  });

  test("carry the session token of temporary credentials, and no other", async () => {
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
  ])("of %s are accepted %i minutes around their time, no longer", async (service, minutes) => {
    const request = await sign({ method: "POST", service, body: "{}" });
    const at = (seconds: number) => ({ now: new Date(NOW.getTime() + seconds * 1000) });
    const limit = minutes * 60;

    expect(
      [-limit - 1, -limit, limit, limit + 1].map((seconds) => reasonOf(request, at(seconds))),
    ).toStrictEqual(["skewed", "ok", "ok", "skewed"]);
  });

  test("are for one service and one region", async () => {
    const request = await sign({ method: "POST", service: "dynamodb", body: "{}" });

    expect(reasonOf(request, { expect: { service: "dynamodb", region: "us-east-1" } })).toBe("ok");
    expect(reasonOf(request, { expect: { service: "sqs" } })).toBe("wrong_scope");
    expect(reasonOf(request, { expect: { region: "eu-west-1" } })).toBe("wrong_scope");
  });

  test("of an unknown key, or with another secret, are refused", async () => {
    const request = await sign({ path: "/b/k" });
    const otherSecret = { credentialOf: () => ({ secretAccessKey: "another" }) };

    expect(reasonOf(request, { credentialOf: () => undefined })).toBe("unknown_key");
    expect(reasonOf(request, otherSecret)).toBe("mismatch");
  });

  test("are refused, never thrown at, whatever the header says", async () => {
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

  test("that are not signed at all are somebody unknown's", () => {
    expect(reasonOf({ method: "GET", url: "/b/k?prefix=x", headers: ["host", "h"] })).toBe(
      "missing",
    );
    expect(
      reasonOf({ method: "GET", url: "/b/k?AWSAccessKeyId=a&Signature=b&Expires=1", headers: [] }),
    ).toBe("unsupported");
  });

  test("are accepted for any key, any query and any metadata", async () => {
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

describe("presigned URLs", () => {
  test.each(ODD_KEYS)("are accepted for the S3 key %j", async (key) => {
    const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    const request = await sign({
      path: pathOf(key),
      headers,
      expiresIn: 60,
      query: { versionId: "v 1" },
    });

    expect(verify({ ...request, headers: ["host", "localhost:4566"] })).toMatchObject({
      ok: true,
      isPresigned: true,
      bodyHash: "UNSIGNED-PAYLOAD",
    });
  });

  test("are accepted until they expire, and not long before they begin", async () => {
    const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    const request = await sign({ path: "/b/k", headers, expiresIn: 60 });
    const at = (seconds: number) => ({ now: new Date(NOW.getTime() + seconds * 1000) });

    expect([-901, -900, 0, 60, 61].map((seconds) => reasonOf(request, at(seconds)))).toStrictEqual([
      "not_yet_valid",
      "ok",
      "ok",
      "ok",
      "expired",
    ]);
  });

  test("carry a session token in the query", async () => {
    const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    const request = await sign({ path: "/b/k", headers, expiresIn: 60, sessionToken: "t/+=" });

    expect(reasonOf(request, { credentialOf: () => ({ ...KEY, sessionToken: "t/+=" }) })).toBe(
      "ok",
    );
    expect(reasonOf(request)).toBe("bad_token");
  });

  test("are refused if they are changed, incomplete, last longer than a week, or come with a second signature", async () => {
    const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    const request = await sign({ path: "/b/k", headers, expiresIn: 60 });
    const signed = await sign({ path: "/b/k" });
    const url = (from: string | RegExp, to: string) => ({
      ...request,
      url: request.url.replace(from, to),
    });

    expect(reasonOf(url("X-Amz-Expires=60", "X-Amz-Expires=61"))).toBe("mismatch");
    expect(reasonOf(url("/b/k", "/b/l"))).toBe("mismatch");
    expect(reasonOf(url("X-Amz-Expires=60", "X-Amz-Expires=604801"))).toBe("malformed_query");
    expect(reasonOf(url("X-Amz-Expires=60", "X-Amz-Expires=-1"))).toBe("malformed_query");
    expect(reasonOf(url(/&X-Amz-SignedHeaders=[^&]*/, ""))).toBe("malformed_query");
    expect(reasonOf(url("X-Amz-Expires=60", "X-Amz-Expires=60&X-Amz-Expires=61"))).toBe(
      "malformed_query",
    );
    expect(reasonOf(withHeader(request, "authorization", headerOf(signed, "authorization")))).toBe(
      "malformed_query",
    );
    expect(reasonOf(withHeader(request, "x-amz-acl", "public-read"))).toBe("unsigned_header");
  });
});

describe("answers to refused requests", () => {
  const s3 = async (ask: Ask, changes: Partial<Verification>) => {
    const verdict = verify(await sign(ask), changes);
    return verdict.ok ? undefined : awsError(verdict, "s3");
  };

  test("are S3's", async () => {
    const late = { now: new Date(NOW.getTime() + 3_600_000) };

    await expect(s3({}, { credentialOf: () => undefined })).resolves.toMatchObject({
      code: "InvalidAccessKeyId",
      status: 403,
    });
    await expect(s3({}, late)).resolves.toMatchObject({
      code: "RequestTimeTooSkewed",
      status: 403,
    });
    await expect(s3({}, { credentialOf: () => ({ secretAccessKey: "x" }) })).resolves.toMatchObject(
      {
        code: "SignatureDoesNotMatch",
        status: 403,
      },
    );
    const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    await expect(s3({ expiresIn: 1, headers }, late)).resolves.toStrictEqual({
      code: "AccessDenied",
      status: 403,
      message: "Request has expired",
    });
  });

  test("are the JSON protocol's", async () => {
    const request = await sign({ method: "POST", service: "dynamodb", body: "{}" });
    const answer = (changes: Partial<Verification>) => {
      const verdict = verify(request, changes);
      return verdict.ok ? undefined : awsError(verdict, "json");
    };

    expect(answer({ credentialOf: () => undefined })).toStrictEqual({
      code: "UnrecognizedClientException",
      status: 400,
      message: "The security token included in the request is invalid.",
    });
    expect(answer({ credentialOf: () => ({ secretAccessKey: "x" }) })).toMatchObject({
      code: "InvalidSignatureException",
      status: 400,
    });
    expect(awsError({ ok: false, reason: "missing", detail: "" }, "json").code).toBe(
      "MissingAuthenticationTokenException",
    );
  });

  test("never say what the right signature would have been, nor the secret", async () => {
    const request = await sign({ path: "/b/k" });
    const verdict = verify(request, { credentialOf: () => ({ secretAccessKey: "the-secret" }) });

    expect(JSON.stringify(verdict)).not.toMatch(/the-secret|[0-9a-f]{64}/);
  });
});

/** A request that no SDK sends, signed by the book (IAM User Guide, "Create a signed AWS API request"). */
function signByHand({
  date = undefined as string | undefined,
  headers = [] as string[],
  canonical = "",
  signedHeaders = "host;x-amz-date",
}): RawRequest {
  const timestamp = "20261123T120000Z";
  const scope = "20261123/us-east-1/sqs/aws4_request";
  const dateHeader = date === undefined ? ["X-Amz-Date", timestamp] : ["Date", date];
  const dated = date === undefined ? `host:h\nx-amz-date:${timestamp}\n` : `date:${date}\nhost:h\n`;
  const request = ["GET", "/", "", `${dated}${canonical}`, signedHeaders, sha256("")].join("\n");
  const key = ["20261123", "us-east-1", "sqs", "aws4_request"].reduce<Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    Buffer.from(`AWS4${KEY.secretAccessKey}`),
  );
  const signature = createHmac("sha256", key)
    .update(["AWS4-HMAC-SHA256", timestamp, scope, sha256(request)].join("\n"))
    .digest("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${KEY.accessKeyId}/${scope},SignedHeaders=${signedHeaders},Signature=${signature}`;
  return {
    method: "GET",
    url: "/",
    headers: ["Host", "h", ...dateHeader, ...headers, "Authorization", authorization],
    bodySha256: sha256(""),
  };
}
