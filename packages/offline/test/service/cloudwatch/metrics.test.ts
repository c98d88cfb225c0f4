import { expect, test } from "vitest";

import { handleCloudWatch } from "../../../src/service/cloudwatch/operations.ts";
import { Metrics } from "../../../src/service/cloudwatch/metrics.ts";
import { summary } from "../../../src/service/cloudwatch/summary.ts";

function measured(values: [time: number, value: number][], unit = "Count"): Metrics {
  const metrics = new Metrics();
  for (const [time, value] of values) {
    metrics.add({ namespace: "App", name: "M", dimensions: { b: "2", a: "1" }, unit, time, value });
  }
  return metrics;
}

function getData(metrics: Metrics, Stat: string) {
  return handleCloudWatch(metrics, "GetMetricData", {
    StartTime: 0,
    EndTime: 300,
    ScanBy: "TimestampAscending",
    MetricDataQueries: [
      {
        Id: "m",
        MetricStat: {
          Metric: {
            Namespace: "App",
            MetricName: "M",
            Dimensions: [
              { Name: "a", Value: "1" },
              { Name: "b", Value: "2" },
            ],
          },
          Period: 60,
          Stat,
        },
      },
    ],
  });
}

const result = (Timestamps: number[], Values: number[]) => ({
  MetricDataResults: [{ Id: "m", Label: "M", Timestamps, Values, StatusCode: "Complete" }],
  Messages: [],
});

test("aggregates values by period; the order of the dimensions does not matter", () => {
  const metrics = measured([
    [1_000, 1],
    [59_000, 2],
    [61_000, 4],
    [300_000, 8],
  ]);
  expect(getData(metrics, "Sum")).toEqual(result([0, 60], [3, 4]));
  expect(getData(metrics, "SampleCount")).toEqual(result([0, 60], [2, 1]));
});

test("returns a percentile by the nearest-rank method", () => {
  const metrics = measured(Array.from({ length: 100 }, (_, index) => [1_000, index + 1]));
  expect(getData(metrics, "p50")).toEqual(result([0], [50]));
  expect(getData(metrics, "p99")).toEqual(result([0], [99]));
  expect(getData(metrics, "p100")).toEqual(result([0], [100]));
});

test("rejects an unknown statistic", () => {
  expect(() => getData(measured([]), "Median")).toThrow(
    expect.objectContaining({ code: "InvalidParameterValue" }),
  );
});

test("rejects an unsupported operation, and names it", () => {
  expect(() => handleCloudWatch(measured([]), "PutMetricAlarm", {})).toThrow(/PutMetricAlarm/);
});

test("a summary has the sum of counts, and the median and the 99th percentile of times", () => {
  expect(
    summary(
      measured([
        [100_000, 2],
        [100_500, 3],
      ]),
      101_000,
    ),
  ).toBe("M 5");
  expect(
    summary(
      measured(
        [
          [100_000, 20],
          [100_500, 40],
        ],
        "Milliseconds",
      ),
      101_000,
    ),
  ).toBe("M p50 20 ms, p99 40 ms");
});

test("a summary omits a count of 0", () => {
  expect(summary(measured([[100_000, 0]]), 101_000)).toBeUndefined();
});

test("a summary covers only the last minute", () => {
  expect(summary(measured([[1_000, 2]]), 62_000)).toBeUndefined();
});
