import { describe, expect, test } from "vitest";

import { parseEmf } from "../../../src/service/cloudwatch/emf.ts";

const document = (members: object, directive: object = {}) =>
  JSON.stringify({
    _aws: {
      Timestamp: 1_000,
      CloudWatchMetrics: [
        {
          Namespace: "App",
          Dimensions: [["stage"]],
          Metrics: [{ Name: "Lag", Unit: "Milliseconds" }],
          ...directive,
        },
      ],
    },
    stage: "dev",
    ...members,
  });

test("returns each value of a list", () => {
  expect(parseEmf(document({ Lag: [5, 7] }))).toEqual(
    [5, 7].map((value) => ({
      namespace: "App",
      name: "Lag",
      dimensions: { stage: "dev" },
      unit: "Milliseconds",
      value,
      time: 1_000,
    })),
  );
});

test("returns the value once for each set of dimensions", () => {
  const line = document({ Lag: 1, fn: "f" }, { Dimensions: [["stage"], ["stage", "fn"], []] });
  expect(parseEmf(line).map(({ dimensions }) => dimensions)).toEqual([
    { stage: "dev" },
    { stage: "dev", fn: "f" },
    {},
  ]);
});

test("returns no values for a line without metrics, in JSON or not", () => {
  expect(parseEmf('{"message":"hello"}')).toEqual([]);
  expect(parseEmf("hello")).toEqual([]);
});

describe("rejects metrics that CloudWatch would drop:", () => {
  test.each([
    ["a metric without a value", document({})],
    ["a value that is text", document({ Lag: "5" })],
    ["more than 100 values", document({ Lag: Array.from({ length: 101 }, () => 1) })],
    ["a dimension without a value", document({ Lag: 1, stage: "" })],
    ["an unknown unit", document({ Lag: 1 }, { Metrics: [{ Name: "Lag", Unit: "ms" }] })],
    ["an empty namespace", document({ Lag: 1 }, { Namespace: "" })],
    ["more than 30 dimensions", document({ Lag: 1 }, { Dimensions: [Array(31).fill("stage")] })],
    ["a truncated document", '{"_aws": {"Timestamp": 1'],
  ])("%s", (_, line) => {
    expect(() => parseEmf(line)).toThrow(expect.objectContaining({ code: "metrics.invalid" }));
  });
});
