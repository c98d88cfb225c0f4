import { S3ServiceException } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";

import { InputError, ServiceError } from "../../src/error.ts";
import { describeError, lineOf } from "../../src/ingest/line.ts";
import { event } from "./events.ts";

describe("the log line of an outcome", () => {
  test("has the message, the object, the outcome and the durations", () => {
    const report = {
      messageId: "m1",
      event: event("created", 1, { versionId: "v1" }),
      outcome: { outcome: "indexed", readMs: 3, writeMs: 4 } as const,
    };
    expect(lineOf(report, "r1")).toEqual({
      requestId: "r1",
      messageId: "m1",
      event: "ObjectCreated:Put",
      region: "eu-central-1",
      bucket: "files",
      key: "k",
      versionId: "v1",
      outcome: "indexed",
      reason: undefined,
      readMs: 3,
      writeMs: 4,
      error: undefined,
    });
  });

  test("says what S3's test event shows", () => {
    const report = { messageId: "m1", outcome: { outcome: "test" } as const };
    expect(lineOf(report, "r1")).toMatchObject({
      outcome: "test",
      event: "s3:TestEvent",
      reason: "the notifications of the bucket are connected",
    });
  });

  test("is one line for any key", () => {
    const hostile = 'a\n{"level":"ERROR"}\u2028\u001b[31m"';
    const report = {
      messageId: "m1",
      event: event("created", 1, { key: hostile }),
      outcome: { outcome: "stale", reason: "not_newer" } as const,
    };
    const line = JSON.stringify(lineOf(report, "r1"));
    expect(line).not.toContain("\n");
    expect(line).not.toContain("\u001b");
    expect(JSON.parse(line)).toMatchObject({ key: hostile, reason: "not_newer" });
  });

  test.each([
    [new InputError("notification.not_json", "no"), "notification.not_json"],
    [new ServiceError("object.read_failed", "no", { retry: true }), "object.read_failed"],
    [new TypeError("bug"), "ingest.unexpected"],
    ["thrown", "ingest.unexpected"],
  ])("has a reason if the event failed", (error, reason) => {
    const report = { messageId: "m1", outcome: { outcome: "failed", error } as const };
    expect(lineOf(report, "r1")).toMatchObject({ outcome: "failed", reason });
  });
});

describe("a logged error", () => {
  test("has the chain of causes, with the response of AWS", () => {
    const cause = new S3ServiceException({
      name: "SlowDown",
      message: "Please reduce your request rate.",
      $fault: "client",
      $metadata: { httpStatusCode: 503, requestId: "ABC" },
    });
    const error = new ServiceError("object.read_failed", "Could not read the object.", {
      retry: true,
      cause,
    });
    expect(describeError(error)).toEqual({
      name: "ServiceError",
      message: "Could not read the object.",
      code: "object.read_failed",
      retry: true,
      cause: {
        name: "SlowDown",
        message: "Please reduce your request rate.",
        status: 503,
        awsRequestId: "ABC",
      },
    });
  });

  test("has a stack trace only if it is unexpected", () => {
    expect(describeError(new TypeError("bug"))).toHaveProperty("stack");
    expect(
      describeError(Object.assign(new Error("reset"), { code: "ECONNRESET" })),
    ).not.toHaveProperty("stack");
  });

  test("has no other properties of the error", () => {
    const error = Object.assign(new Error("no"), {
      $metadata: { httpStatusCode: 403 },
      $response: { headers: { authorization: "AWS4-HMAC-SHA256 Credential=secret" } },
      Item: { secret: 1 },
    });
    expect(JSON.stringify(describeError(error))).not.toContain("secret");
  });

  test("has only the type of a thrown value that is not an Error", () => {
    expect(describeError("secret")).toEqual({ name: "Thrown", message: "string" });
  });
});
