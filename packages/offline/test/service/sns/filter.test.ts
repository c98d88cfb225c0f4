import * as fc from "fast-check";
import { expect, test } from "vitest";

import { compileFilter } from "../../../src/service/sns/filter.ts";
import type { MessageAttributes } from "../../../src/service/sns/message.ts";

const text = (StringValue: string) => ({ DataType: "String", StringValue });
const attributes: MessageAttributes = {
  store: text("example_corp"),
  price: { DataType: "Number", StringValue: "100" },
  tags: { DataType: "String.Array", StringValue: '["red","blue"]' },
  blob: { DataType: "Binary", BinaryValue: "AA==" },
};
const accepts = (policy: object, scope?: string, message = "{}") =>
  compileFilter(JSON.stringify(policy), scope)(message, attributes);

test.each([
  [{}, true],
  [{ store: ["example_corp"] }, true],
  [{ store: ["other"] }, false],
  [{ store: [{ prefix: "example" }], price: [{ numeric: [">=", 100] }] }, true],
  [{ store: ["example_corp"], price: [99] }, false],
  [{ price: ["100"] }, false],
  [{ tags: ["blue"] }, true],
  [{ tags: [{ "anything-but": ["red", "blue"] }] }, false],
  [{ missing: [{ "anything-but": "x" }] }, false],
  [{ missing: [{ exists: false }] }, true],
  [{ blob: [{ exists: true }] }, false],
  [{ $or: [{ store: ["other"] }, { price: [100] }] }, true],
])("the policy %j for attributes accepts the message: %s", (policy, expected) => {
  expect(accepts(policy)).toBe(expected);
});

test("a policy for the body accepts nested members, and no body that is not an object", () => {
  const policy = { order: { total: [{ numeric: [">", 10] }] } };

  expect(accepts(policy, "MessageBody", '{"order":{"total":11}}')).toBe(true);
  expect(accepts(policy, "MessageBody", '{"order":{"total":10}}')).toBe(false);
  expect(accepts(policy, "MessageBody", "plain")).toBe(false);
});

test.each([
  ["nested members for attributes", '{"a":{"b":["c"]}}', undefined],
  ["an unknown operator", '{"a":[{"nonsense":1}]}', undefined],
  ["no JSON", "nonsense", undefined],
  ["an unknown scope", "{}", "Nonsense"],
])("rejects %s", (_, policy, scope) => {
  expect(() => compileFilter(policy, scope)).toThrow(/^Invalid parameter: FilterPolicy/);
});

test("each further member of a policy can only exclude messages", () => {
  const name = fc.constantFrom("a", "b", "c");
  const value = fc.constantFrom("x", "y", "z");
  const policies = fc.dictionary(name, fc.array(value, { minLength: 1 }), { minKeys: 1 });
  fc.assert(
    fc.property(policies, fc.dictionary(name, value), (policy, values) => {
      const message = Object.fromEntries(
        Object.entries(values).map(([key, each]) => [key, text(each)]),
      );
      const accepted = compileFilter(JSON.stringify(policy), undefined)("", message);
      // The rule of the Developer Guide: AND between names, OR between values.
      const expected = Object.entries(policy).every(([key, wanted]) =>
        (wanted as string[]).includes(values[key] ?? ""),
      );
      expect(accepted).toBe(expected);
    }),
  );
});
