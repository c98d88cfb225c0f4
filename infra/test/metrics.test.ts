import { type Datum, parseEmf } from "@waybill/offline/metrics";
import { beforeAll, describe, expect, test } from "vitest";

import { all, graphOf, only, text } from "./graph.ts";

// Compares the metrics of alarms and dashboard with those that the function prints. CloudWatch shows a misspelled
// metric as a metric without values.

const graph = graphOf("dev");

interface Named {
  name: string;
  dimensions: Record<string, string>;
}

/** The metrics of Waybill that the dashboard shows. */
function shown(): Named[] {
  const body = text(only(graph, "aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"]);
  const { widgets } = JSON.parse(body) as { widgets: { properties: { metrics: unknown[][] } }[] };
  return widgets
    .flatMap(({ properties }) => properties.metrics)
    .filter(([namespace]) => namespace === "Waybill")
    .map(([, name, ...words]) => {
      const pairs = words.filter((word) => typeof word === "string");
      return {
        name: String(name),
        dimensions: Object.fromEntries(
          pairs.flatMap((word, index) => (index % 2 ? [] : [[word, pairs[index + 1] ?? ""]])),
        ),
      };
    });
}

/** The metrics of Waybill that alarms watch. */
function watched(): Named[] {
  interface Watched {
    namespace?: string;
    metricName?: string;
    dimensions?: Record<string, string>;
  }
  const alarms = all(graph, "aws:cloudwatch/metricAlarm:MetricAlarm");
  return alarms
    .flatMap(({ inputs }): Watched[] => {
      const queries = (inputs["metricQueries"] ?? []) as { metric?: Watched }[];
      return [inputs, ...queries.flatMap(({ metric }) => metric ?? [])];
    })
    .filter(({ namespace }) => namespace === "Waybill")
    .map(({ metricName = "", dimensions = {} }) => ({ name: metricName, dimensions }));
}

/** Returns the lines that the functions print for a batch with `lags` writes of unreadable objects, and for a pass. */
async function printed(lags: number): Promise<string[]> {
  process.env["SST_RESOURCE_App"] = JSON.stringify({ name: "waybill", stage: "dev" });
  const { publish } = await import("@waybill/core/ingest/metrics");
  const { publishPass } = await import("@waybill/core/reconcile/ranges");
  let output = "";
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (chunk: string | Uint8Array) => {
    output += String(chunk);
    return true;
  };
  try {
    publish({
      counts: new Map([["unreadable", lags]]),
      lags: Array.from({ length: lags }, (_, index) => index),
      clockSkews: 0,
    });
    const found = { missing: 1, ghost: 2, different: 3, unreadable: 4 };
    const total = { objects: 0, records: 0, failed: 0, found };
    publishPass({ total, isFirst: false }, { repair: true, notifies: true });
  } finally {
    process.stdout.write = write;
  }
  return output.split("\n").filter((line) => line !== "");
}

describe("the metrics that the functions print", () => {
  let lines: string[];
  let emitted: Datum[];
  beforeAll(async () => {
    lines = await printed(250);
    emitted = lines.flatMap(parseEmf);
  });
  const idOf = ({ name, dimensions: { service, stage, ...others } }: Named) =>
    JSON.stringify({ name, service, stage, ...others });
  const ids = (metrics: Named[]) => new Set(metrics.map(idOf));

  test("are those on the dashboard, with the same dimensions", () => {
    expect(ids(shown())).toEqual(ids(emitted));
  });

  test("include those that alarms watch", () => {
    expect(ids(watched()).size).toBe(4);
    expect(ids(emitted)).toEqual(ids(emitted).union(ids(watched())));
  });

  test("have the namespace of the dashboard, units, and a time in milliseconds", () => {
    expect(new Set(emitted.map(({ namespace }) => namespace))).toEqual(new Set(["Waybill"]));
    const units = Object.fromEntries(emitted.map(({ name, unit }) => [name, unit]));
    const { Lag, ...counts } = units;
    expect(Lag).toBe("Milliseconds");
    expect(new Set(Object.values(counts))).toEqual(new Set(["Count"]));
    for (const { time } of emitted) expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
  });

  test("include outcomes that did not occur as 0, so that a rate can be computed", () => {
    const total = (name: string) =>
      emitted.filter((datum) => datum.name === name).map(({ value }) => value);
    expect(total("Indexed")).toEqual([0]);
    expect(total("Unreadable")).toEqual([250]);
  });

  test("are split into documents of at most 100 values per metric", () => {
    expect(lines.length).toBeGreaterThan(1);
    const lags = emitted.filter(({ name }) => name === "Lag").map(({ value }) => value);
    expect(lags.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, n) => n));
  });
});
