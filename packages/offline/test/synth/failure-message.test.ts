import * as fc from "fast-check";
import { expect, test } from "vitest";

import { messageOf } from "../../src/synth/failure.ts";

test("follows a circular chain of causes once", () => {
  const first = new Error("first");
  const second = new Error("second", { cause: first });
  first.cause = second;

  expect(messageOf(first)).toBe("first: second");
});

test("does not repeat a cause that the message quotes", () => {
  expect(messageOf(new Error("it failed: why", { cause: new Error("why") }))).toBe(
    "it failed: why",
  );
});

test("names the class or the code of an error without a message", () => {
  expect(messageOf(Object.assign(new Error(""), { code: "ECONNREFUSED" }))).toBe(
    "Error ECONNREFUSED",
  );
  expect(messageOf(new URIError())).toBe("URIError without a message");
});

test("is never empty", () => {
  const thrown = fc.oneof(
    fc.anything(),
    fc.string().map((message) => new Error(message)),
    fc.record({ message: fc.constantFrom("", " ", "\n", "text"), details: fc.anything() }),
    fc
      .array(fc.oneof(fc.anything(), fc.constant(new Error(""))))
      .map((errors) => new AggregateError(errors)),
    fc.anything().map((cause) => new Error("", { cause })),
  );
  fc.assert(fc.property(thrown, (value) => messageOf(value).trim() !== ""));
});
