import { S3ServiceException } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";

import { refusalOf } from "../../src/object/refusal.ts";

/** As the SDK throws it for the answer to HEAD, which has no body and so no code. */
const answer = (httpStatusCode: number, name = "Unknown") =>
  new S3ServiceException({ name, $fault: "client", $metadata: { httpStatusCode } });

describe("an answer of S3", () => {
  test.each([
    [400, "customer_key"],
    [403, "forbidden_or_gone"],
    [404, "gone"],
    [405, "delete_marker"],
    [412, "changed"],
  ])("of status %i is final: %s", (status, reason) => {
    expect(refusalOf(answer(status))).toBe(reason);
  });

  test.each([301, 307, 408, 429, 500, 502, 503, 504])("of status %i is not final", (status) => {
    expect(refusalOf(answer(status))).toBeUndefined();
  });

  test.each([
    [400, "ExpiredToken"],
    [400, "AuthorizationHeaderMalformed"],
    [400, "RequestTimeout"],
    [403, "InvalidAccessKeyId"],
    [403, "SignatureDoesNotMatch"],
    [403, "RequestTimeTooSkewed"],
    [404, "NoSuchBucket"],
  ])("of status %i is not final if it is about us: %s", (status, name) => {
    expect(refusalOf(answer(status, name))).toBeUndefined();
  });

  test.each([new Error("socket hang up"), new TypeError("bug"), "text", undefined])(
    "that did not come is not final: %s",
    (error) => {
      expect(refusalOf(error)).toBeUndefined();
    },
  );
});
