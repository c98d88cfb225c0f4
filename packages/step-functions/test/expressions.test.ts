import { describe, expect, test } from "vitest";

import { EvaluationFailure } from "../src/interpreter/failure.ts";
import { Expressions } from "../src/jsonata/expressions.ts";

const expressions = new Expressions({
  now: () => Date.parse("2026-01-01T00:00:00Z"),
  random: () => 0.25,
  uuid: () => "8c7f8a3e-0000-4000-8000-000000000000",
});
const evaluate = (expression: string, bindings = {}) =>
  expressions.evaluate(`{% ${expression} %}`, bindings, "Output");

const failureOf = async (expression: string) => {
  const error: unknown = await evaluate(expression).catch((thrown: unknown) => thrown);
  if (!(error instanceof EvaluationFailure)) throw new Error("The expression did not fail.");
  return error.reason;
};

const subject = (expression: string) =>
  `The JSONata expression '${expression}' specified for the field 'Output'`;

describe("Developer guide, JSONata functions provided by Step Functions", () => {
  test.each([
    ["$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]],
    ["$range(0, 10, 5)", [0, 5, 10]],
    ["$range(3, 1, -1)", [3, 2, 1]],
    ["$hash('abc', 'MD5')", "900150983cd24fb0d6963f7d28e17f72"],
    ["$hash('abc', 'SHA-1')", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["$hash('abc', 'SHA-256')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ["$random()", 0.25],
    ["$random(7) = $random(7)", true],
    ["$random(7) = $random(8)", false],
    ["$random(7) < 1 and $random(7) >= 0", true],
    ["$uuid()", "8c7f8a3e-0000-4000-8000-000000000000"],
    ["$parse('{\"a\":[1]}')", { a: [1] }],
    ["$millis()", 1_767_225_600_000],
    ["$now()", "2026-01-01T00:00:00.000Z"],
    ["$now('[Y0001]')", "2026"],
  ])("%s", async (expression, expected) => {
    expect(await evaluate(expression)).toEqual(expected);
  });

  test.each([
    "$partition([1], 0)",
    "$range(0, 10, 0)",
    "$range(0, 1000, 1)",
    "$hash('abc', 'SHA-3')",
    "$parse('{')",
    "$parse(1)",
  ])("rejects %s", async (expression) => {
    expect(await failureOf(expression)).toContain("threw an error during evaluation.");
  });

  test("$eval is not supported", async () => {
    expect(await failureOf("$eval('1')")).toBe(
      `${subject("$eval('1')")} threw an error during evaluation. T1006: Attempted to invoke a non-function`,
    );
  });
});

describe("Developer guide, Transforming data with JSONata", () => {
  test("fails if an expression returns nothing", async () => {
    expect(await failureOf("$none")).toBe(`${subject("$none")} returned nothing (undefined).`);
  });

  test.each(["$sum", "function($x) { $x }", "{'a': [$sum]}"])(
    "fails if the result has a function: %s",
    async (expression) => {
      expect(await failureOf(expression)).toBe(
        `${subject(expression)} returned an unsupported result type.`,
      );
    },
  );

  test("names the place of an expression in a field", async () => {
    const template = { a: ["{% 1 %}", { b: "{% $none %}" }] };

    await expect(expressions.evaluate(template, {}, "Arguments")).rejects.toMatchObject({
      location: "Arguments/a[1]/b",
    });
  });

  test("null is a value", async () => {
    expect(await evaluate("null")).toBeNull();
    expect(await evaluate("$x", { x: null })).toBeNull();
  });

  test("a result is a copy", async () => {
    const x = { list: [1] };
    const copy = await evaluate("$x", { x });

    expect(copy).toEqual(x);
    expect(copy).not.toBe(x);
  });
});
