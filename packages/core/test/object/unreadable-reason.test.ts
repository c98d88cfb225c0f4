import { S3ServiceException } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";

import { unreadableReasonOf } from "../../src/object/unreadable-reason.ts";

/** The error of the SDK for a response to HEAD, which has no body and so no code. */
const response = (httpStatusCode: number, name = "Unknown") =>
  new S3ServiceException({ name, $fault: "client", $metadata: { httpStatusCode } });

describe("a response of S3", () => {
  test.each([
    [400, "customer_key"],
    [403, "forbidden_or_gone"],
    [404, "gone"],
    [405, "delete_marker"],
    [412, "changed"],
  ])("of status %i is final: %s", (status, reason) => {
    expect(unreadableReasonOf(response(status))).toBe(reason);
  });

  test.each([301, 307, 408, 429, 500, 502, 503, 504])("of status %i is not final", (status) => {
    expect(unreadableReasonOf(response(status))).toBeUndefined();
  });

  test.each([
    [400, "ExpiredToken"],
    [400, "AuthorizationHeaderMalformed"],
    [400, "RequestTimeout"],
    [403, "InvalidAccessKeyId"],
    [403, "SignatureDoesNotMatch"],
    [403, "RequestTimeTooSkewed"],
    [404, "NoSuchBucket"],
  ])("of status %i is not final if it is about the request: %s", (status, name) => {
    expect(unreadableReasonOf(response(status, name))).toBeUndefined();
  });

  test.each([new Error("socket hang up"), new TypeError("bug"), "text", undefined])(
    "that is missing is not final: %s",
    (error) => {
      expect(unreadableReasonOf(error)).toBeUndefined();
    },
  );
});
