import path from "node:path";
import { pathToFileURL } from "node:url";

import { beforeAll, describe, expect, test } from "vitest";

import { type Datum, parseEmf } from "../../packages/offline/src/service/cloudwatch/emf.ts";
import { all, graphOf, only, text } from "./graph.ts";
import { root } from "./root.ts";

// What alarms and dashboard name, against what the function prints: CloudWatch would show a misspelt metric as one that has no values.

const graph = graphOf("dev");

interface Named {
  name: string;
  dimensions: Record<string, string>;
}

/** The metrics of our own that the dashboard shows. */
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

/** The metrics of our own that alarms are raised by. */
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

/** What the function's own code prints for a batch with `lags` writes and nothing but unreadable objects. */
async function printed(lags: number): Promise<string[]> {
  process.env["SST_RESOURCE_App"] = JSON.stringify({ name: "waybill", stage: "dev" });
  // Not as a module of this program: its types are those of the functions, with their bindings.
  const module = pathToFileURL(path.join(root, "packages/core/src/ingest/metrics.ts")).href;
  const { publish } = (await import(module)) as {
    publish: (tally: { counts: Map<string, number>; lags: number[] }) => void;
  };
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
    });
  } finally {
    process.stdout.write = write;
  }
  return output.split("\n").filter((line) => line !== "");
}

describe("the metrics that the function prints", () => {
  let lines: string[];
  let emitted: Datum[];
  beforeAll(async () => {
    lines = await printed(250);
    emitted = lines.flatMap(parseEmf);
  });
  const idOf = ({ name, dimensions: { service, stage, ...others } }: Named) =>
    JSON.stringify({ name, service, stage, ...others });
  const ids = (metrics: Named[]) => new Set(metrics.map(idOf));

  test("are all on the dashboard, which shows no other, with the same dimensions", () => {
    expect(ids(shown())).toEqual(ids(emitted));
  });

  test("have every one that an alarm is raised by", () => {
    expect(ids(watched()).size).toBe(2);
    expect(ids(emitted)).toEqual(ids(emitted).union(ids(watched())));
  });

  test("have the namespace that the graph names, units, and a time in milliseconds", () => {
    expect(new Set(emitted.map(({ namespace }) => namespace))).toEqual(new Set(["Waybill"]));
    const units = Object.fromEntries(emitted.map(({ name, unit }) => [name, unit]));
    const { Lag, ...counts } = units;
    expect(Lag).toBe("Milliseconds");
    expect(new Set(Object.values(counts))).toEqual(new Set(["Count"]));
    for (const { time } of emitted) expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
  });

  test("say 0 of what there was none of, so that a share can be taken", () => {
    const total = (name: string) =>
      emitted.filter((datum) => datum.name === name).map(({ value }) => value);
    expect(total("Indexed")).toEqual([0]);
    expect(total("Unreadable")).toEqual([250]);
  });

  test("are split where one document would hold more than 100 values, and none is lost", () => {
    expect(lines.length).toBeGreaterThan(1);
    const lags = emitted.filter(({ name }) => name === "Lag").map(({ value }) => value);
    expect(lags.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, n) => n));
  });
});
