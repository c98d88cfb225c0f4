import { describe, expect, test } from "vitest";

import { all, graphOf, only } from "./graph.ts";

const dev = graphOf("dev");
const production = graphOf("production");

/** The names in AWS of all resources. The zip of a function is in the bucket that SST shares between apps. */
const names = (graph: typeof dev) =>
  graph.resources
    .filter(
      ({ type }) => type.startsWith("aws:") && type !== "aws:s3/bucketObjectv2:BucketObjectv2",
    )
    .flatMap(({ inputs }) => [inputs["name"], inputs["bucket"], inputs["dashboardName"]])
    .filter((name) => typeof name === "string");

describe("a stage", () => {
  test("names each resource by app and stage, so that two stages share no name", () => {
    expect(names(dev).filter((name) => !/^\/?waybill[-/]dev[-/]/.test(name))).toEqual([]);
    expect(names(production).filter((name) => names(dev).includes(name))).toEqual([]);
  });

  test("tags all resources with app and stage", () => {
    for (const { app } of [dev, production]) {
      const tags = { app: "waybill", stage: app.stage };
      expect(app.providers["aws"]).toEqual(expect.objectContaining({ defaultTags: { tags } }));
    }
  });

  test("has no resource with other tags or another provider", () => {
    for (const graph of [dev, production]) {
      expect(graph.resources.filter(({ inputs }) => inputs["tags"] !== undefined)).toEqual([]);
      expect(all(graph, "pulumi:providers:aws")).toEqual([]);
    }
  });

  test("evaluates without a warning", () => {
    expect(dev.warnings).toEqual([]);
    expect(production.warnings).toEqual([]);
  });

  test("other than production is removed with its files and records", () => {
    expect(dev.app).toMatchObject({ removal: "remove", protect: false });
    expect(only(dev, "aws:s3/bucketV2:BucketV2").inputs["forceDestroy"]).toBe(true);
    expect(only(dev, "aws:dynamodb/table:Table").inputs["deletionProtectionEnabled"]).toBe(false);
  });

  test("named production is protected, and retains its files and records", () => {
    expect(production.app).toMatchObject({ removal: "retain", protect: true });
    expect(only(production, "aws:s3/bucketV2:BucketV2").inputs["forceDestroy"]).toBe(false);
    expect(only(production, "aws:dynamodb/table:Table").inputs["deletionProtectionEnabled"]).toBe(
      true,
    );
  });

  test("has the same resources as production", () => {
    const kinds = (graph: typeof dev) => graph.resources.map(({ type }) => type).toSorted();
    expect(kinds(production)).toEqual(kinds(dev));
    expect(all(dev, "aws:lambda/function:Function").length).toBeGreaterThan(0);
  });
});
