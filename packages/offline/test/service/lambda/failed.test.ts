import type { Message } from "@aws-sdk/client-sqs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { failedOf } from "../../../src/service/lambda/mapping.ts";

const batch: Message[] = ["a", "b", "c"].map((id) => ({
  MessageId: id,
  ReceiptHandle: `of ${id}`,
}));

/** The ids that come back for an answer of the function. */
const comeBack = (answer: unknown, messages = batch) =>
  [...failedOf(messages, { ok: true, payload: JSON.stringify(answer) }, true)].map(
    ({ MessageId }) => MessageId,
  );
const failures = (...ids: unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe("no message comes back when the function answers", () => {
  test.each([
    ["an empty list of failures", { batchItemFailures: [] }],
    ["null for the list of failures", { batchItemFailures: null }],
    ["an empty object", {}],
    ["null", null],
    ["an object about something else", { statusCode: 200 }],
  ])("%s", (_, answer) => {
    expect(comeBack(answer)).toEqual([]);
  });

  test("nothing at all", () => {
    expect([...failedOf(batch, { ok: true, payload: "" }, true)]).toEqual([]);
  });
});

describe("every message comes back when the function", () => {
  test("fails", () => {
    const failed = failedOf(batch, { ok: false, error: "thrown" }, true);

    expect([...failed]).toEqual(batch);
  });

  test("answers what is no JSON", () => {
    expect([...failedOf(batch, { ok: true, payload: "{" }, true)]).toEqual(batch);
  });

  test.each([
    ["an empty identifier", failures("")],
    ["null for an identifier", failures("a", null)],
    ["a number for an identifier", failures(1)],
    ["an identifier under another name", { batchItemFailures: [{ messageId: "a" }] }],
    ["an identifier that is not of the batch", failures("a", "z")],
    ["an identifier without an object around it", { batchItemFailures: ["a"] }],
    ["a list of failures that is no list", { batchItemFailures: "a" }],
    ["text", "ok"],
    ["a list", []],
    ["a number", 0],
  ])("answers %s", (_, answer) => {
    expect(comeBack(answer)).toEqual(["a", "b", "c"]);
  });
});

test("exactly the messages that are named come back, each once", () => {
  expect(comeBack(failures("c", "a", "c"))).toEqual(["a", "c"]);
});

test("a message that was received twice comes back with both of its receipts", () => {
  const again = { MessageId: "a", ReceiptHandle: "of a, later" };

  expect([...failedOf([...batch, again], named("a"), true)]).toEqual([batch[0], again]);
});

test("without partial responses, what the function answers does not matter", () => {
  expect([...failedOf(batch, named("a"), false)]).toEqual([]);
});

test("without partial responses, all messages of a function that fails come back", () => {
  expect([...failedOf(batch, { ok: false, error: "thrown" }, false)]).toEqual(batch);
});

test("whatever a function answers, a message is done only if it is not named", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (answer) => {
      const left = comeBack(answer);
      expect([0, batch.length]).toContain(left.length);
    }),
  );
  fc.assert(
    fc.property(fc.subarray(["a", "b", "c"]), (ids) => {
      expect(comeBack(failures(...ids))).toEqual(ids);
    }),
  );
});

function named(id: string) {
  return { ok: true, payload: JSON.stringify(failures(id)) } as const;
}
