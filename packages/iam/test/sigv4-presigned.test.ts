import { describe, expect, test } from "vitest";

import {
  headerOf,
  KEY,
  NOW,
  ODD_KEYS,
  pathOf,
  reasonOf,
  sign,
  verify,
  withHeader,
} from "./signer.ts";

describe("a presigned URL", () => {
  test.each(ODD_KEYS)("is accepted for the S3 key %j", async (key) => {
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

  test("is accepted from its date until it expires", async () => {
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

  test("contains the session token in the query", async () => {
    const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    const request = await sign({ path: "/b/k", headers, expiresIn: 60, sessionToken: "t/+=" });

    expect(reasonOf(request, { credentialOf: () => ({ ...KEY, sessionToken: "t/+=" }) })).toBe(
      "ok",
    );
    expect(reasonOf(request)).toBe("bad_token");
  });

  test("is rejected if changed, incomplete, valid for more than a week, or with a second signature", async () => {
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
