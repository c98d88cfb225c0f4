import { describe, expect, test } from "vitest";

import { all, graphOf, only } from "./graph.ts";

const dev = graphOf("dev");
const production = graphOf("production");

/** Everything of a graph that has a name on AWS. A function's zip goes to the one bucket that SST keeps for all apps. */
const names = (graph: typeof dev) =>
  graph.resources
    .filter(
      ({ type }) => type.startsWith("aws:") && type !== "aws:s3/bucketObjectv2:BucketObjectv2",
    )
    .flatMap(({ inputs }) => [inputs["name"], inputs["bucket"], inputs["dashboardName"]])
    .filter((name) => typeof name === "string");

describe("a stage", () => {
  test("has names of its own: each says app and stage, and two stages share none", () => {
    expect(names(dev).filter((name) => !/^\/?waybill[-/]dev[-/]/.test(name))).toEqual([]);
    expect(names(production).filter((name) => names(dev).includes(name))).toEqual([]);
  });

  test("marks all that can carry tags with app and stage", () => {
    expect(dev.app.providers.aws.defaultTags.tags).toEqual({ app: "waybill", stage: "dev" });
    expect(production.app.providers.aws.defaultTags.tags).toEqual({
      app: "waybill",
      stage: "production",
    });
  });

  test("leaves no resource without these tags: none has others, and none another provider", () => {
    for (const graph of [dev, production]) {
      expect(graph.resources.filter(({ inputs }) => inputs["tags"] !== undefined)).toEqual([]);
      expect(all(graph, "pulumi:providers:aws")).toEqual([]);
    }
  });

  test("evaluates without a warning of any deprecation", () => {
    expect(dev.warnings).toEqual([]);
    expect(production.warnings).toEqual([]);
  });

  test("other than production can be removed without trace", () => {
    expect(dev.app).toMatchObject({ removal: "remove", protect: false });
    expect(only(dev, "aws:s3/bucketV2:BucketV2").inputs["forceDestroy"]).toBe(true);
    expect(only(dev, "aws:dynamodb/table:Table").inputs["deletionProtectionEnabled"]).toBe(false);
  });

  test("called production is protected, and keeps its files and records whatever is removed", () => {
    expect(production.app).toMatchObject({ removal: "retain", protect: true });
    expect(only(production, "aws:s3/bucketV2:BucketV2").inputs["forceDestroy"]).toBe(false);
    expect(only(production, "aws:dynamodb/table:Table").inputs["deletionProtectionEnabled"]).toBe(
      true,
    );
  });

  test("has the same resources as every other", () => {
    const kinds = (graph: typeof dev) => graph.resources.map(({ type }) => type).toSorted();
    expect(kinds(production)).toEqual(kinds(dev));
    expect(all(dev, "aws:lambda/function:Function").length).toBeGreaterThan(0);
  });
});
