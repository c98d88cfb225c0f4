import type { Message } from "@aws-sdk/client-sqs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { failedOf } from "../../../src/service/lambda/batch-response.ts";

const batch: Message[] = ["a", "b", "c"].map((id) => ({
  MessageId: id,
  ReceiptHandle: `of ${id}`,
}));

/** Returns the ids of the messages to retry for a response of the function. */
const retried = (response: unknown, messages = batch) =>
  [...failedOf(messages, { ok: true, payload: JSON.stringify(response) }, true)].map(
    ({ MessageId }) => MessageId,
  );
const failures = (...ids: unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe("retries no message if the function returns", () => {
  test.each([
    ["an empty list of failures", { batchItemFailures: [] }],
    ["null for the list of failures", { batchItemFailures: null }],
    ["an empty object", {}],
    ["null", null],
    ["an object without a list of failures", { statusCode: 200 }],
  ])("%s", (_, response) => {
    expect(retried(response)).toEqual([]);
  });

  test("an empty response", () => {
    expect([...failedOf(batch, { ok: true, payload: "" }, true)]).toEqual([]);
  });
});

describe("retries every message if the function", () => {
  test("fails", () => {
    const failed = failedOf(batch, { ok: false, error: "thrown" }, true);

    expect([...failed]).toEqual(batch);
  });

  test("returns text that is not JSON", () => {
    expect([...failedOf(batch, { ok: true, payload: "{" }, true)]).toEqual(batch);
  });

  test.each([
    ["an empty identifier", failures("")],
    ["null for an identifier", failures("a", null)],
    ["a number for an identifier", failures(1)],
    ["an identifier with another name", { batchItemFailures: [{ messageId: "a" }] }],
    ["an identifier of another batch", failures("a", "z")],
    ["an identifier without an object around it", { batchItemFailures: ["a"] }],
    ["a text instead of the list of failures", { batchItemFailures: "a" }],
    ["text", "ok"],
    ["a list", []],
    ["a number", 0],
  ])("returns %s", (_, response) => {
    expect(retried(response)).toEqual(["a", "b", "c"]);
  });
});

test("retries exactly the named messages, each once", () => {
  expect(retried(failures("c", "a", "c"))).toEqual(["a", "c"]);
});

test("retries a message that was received twice with both receipts", () => {
  const again = { MessageId: "a", ReceiptHandle: "of a, later" };

  expect([...failedOf([...batch, again], named("a"), true)]).toEqual([batch[0], again]);
});

test("ignores the response without partial batch responses", () => {
  expect([...failedOf(batch, named("a"), false)]).toEqual([]);
});

test("retries every message of a failed function without partial batch responses", () => {
  expect([...failedOf(batch, { ok: false, error: "thrown" }, false)]).toEqual(batch);
});

test("retries all or no messages for any JSON, and exactly the named ones for a list", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (response) => {
      const left = retried(response);
      expect([0, batch.length]).toContain(left.length);
    }),
  );
  fc.assert(
    fc.property(fc.subarray(["a", "b", "c"]), (ids) => {
      expect(retried(failures(...ids))).toEqual(ids);
    }),
  );
});

function named(id: string) {
  return { ok: true, payload: JSON.stringify(failures(id)) } as const;
}
