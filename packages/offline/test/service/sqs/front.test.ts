import type { IncomingMessage } from "node:http";

import type { Sqs } from "@waybill/sqs";
import { describe, expect, test } from "vitest";

import { sqsFront } from "../../../src/service/sqs/front.ts";

// An error response needs no engine.
const front = sqsFront({} as Sqs, { region: "us-east-1", accountId: "1", endpoint: "http://h" });
const json = { url: "/", headers: { "x-amz-target": "AmazonSQS.SendMessage" } };
const form = { url: "/", headers: { "content-type": "application/x-www-form-urlencoded" } };

describe("returns an error response of SQS", () => {
  test.each([
    ["throttle", 403, "RequestThrottled"],
    ["error", 500, "InternalError"],
    ["deny", 403, "AccessDenied"],
  ] as const)("in both protocols: %s", (fault, status, code) => {
    const [inJson, inXml] = [json, form].map((request) =>
      front.errorResponse({ kind: "fault", fault }, request as unknown as IncomingMessage),
    );

    expect(inJson).toMatchObject({
      status,
      body: expect.stringContaining(`"__type":"com.amazonaws.sqs#${code}"`),
    });
    expect(inXml).toMatchObject({
      status,
      headers: { "content-type": "text/xml" },
      body: expect.stringContaining(`<Code>${code}</Code>`),
    });
  });

  test("for a body that is too large", () => {
    const problem = { kind: "too_large", maxBytes: 5 } as const;

    expect(front.errorResponse(problem, form as unknown as IncomingMessage)).toMatchObject({
      status: 413,
      body: expect.stringContaining("<Message>The request is larger than 5 bytes.</Message>"),
    });
  });
});
