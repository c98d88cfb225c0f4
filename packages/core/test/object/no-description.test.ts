import { S3ServiceException } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";

import { answerOf } from "../../src/object/no-description.ts";

/** The error of the SDK for a response to HEAD, which has no body and so no code. */
const response = (httpStatusCode: number, name = "Unknown") =>
  new S3ServiceException({ name, $fault: "client", $metadata: { httpStatusCode } });

describe("a response of S3", () => {
  test.each([
    [400, { kind: "undescribed", reason: "customer_key" }],
    [403, { kind: "ambiguous" }],
    [404, { kind: "gone" }],
    [405, { kind: "undescribed", reason: "method_not_allowed" }],
  ])("of status %i says what there is of the object", (status, answer) => {
    expect(answerOf(response(status))).toEqual(answer);
  });

  test.each([404, 405])("of status %i for a delete marker says that it is gone", (status) => {
    const error = response(status);
    error.$response = { statusCode: status, headers: { "x-amz-delete-marker": "true" } };
    expect(answerOf(error)).toEqual({ kind: "gone" });
  });

  test.each([301, 307, 408, 412, 429, 500, 502, 503, 504])(
    "of status %i is not final",
    (status) => {
      expect(answerOf(response(status))).toBeUndefined();
    },
  );

  test.each([
    [400, "ExpiredToken"],
    [400, "AuthorizationHeaderMalformed"],
    [400, "RequestTimeout"],
    [403, "InvalidAccessKeyId"],
    [403, "SignatureDoesNotMatch"],
    [403, "RequestTimeTooSkewed"],
    [404, "NoSuchBucket"],
  ])("of status %i is not final if it is about the request: %s", (status, name) => {
    expect(answerOf(response(status, name))).toBeUndefined();
  });

  test.each([new Error("socket hang up"), new TypeError("bug"), "text", undefined])(
    "that is missing is not final: %s",
    (error) => {
      expect(answerOf(error)).toBeUndefined();
    },
  );
});
