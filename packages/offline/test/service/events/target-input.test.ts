import { expect, test } from "vitest";

import { parseTargetInput, TargetInputError } from "../../../src/service/events/target-input.ts";

const EVENT = { id: "1", detail: { list: [{ a: 1 }, "b"], "x-y": null, "with space": true } };

test.each([
  ["$", EVENT],
  ["$.detail.list", EVENT.detail.list],
  ["$.detail.list[0].a", 1],
  ["$.detail['with space']", true],
  ["$.detail.x-y", null],
  ["$.detail.missing", undefined],
  ["$.id.length", undefined],
  ["$.constructor", undefined],
])("the inputPath %s selects a part", (path, expected) => {
  const input = parseTargetInput(undefined, path)(EVENT);
  expect(input === undefined ? undefined : JSON.parse(input)).toEqual(expected);
});

test("an input replaces the event, and without one the whole event is sent", () => {
  expect(parseTargetInput('{"a": 1}')(EVENT)).toBe('{"a": 1}');
  expect(parseTargetInput()(EVENT)).toBe(JSON.stringify(EVENT));
});

test.each(["detail", "$detail", "$.detail..a", "$.detail[*]", "$.", ""])(
  "rejects the inputPath %j",
  (path) => {
    expect(() => parseTargetInput(undefined, path)).toThrow(TargetInputError);
  },
);

test("rejects an input that is not JSON", () => {
  expect(() => parseTargetInput("hello")).toThrow(TargetInputError);
});
