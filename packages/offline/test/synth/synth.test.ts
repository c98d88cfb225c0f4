import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

import type { Graph, GraphResource } from "../../src/synth/graph.ts";
import { synthesize } from "../../src/synth/synthesize.ts";
import { bindingTypes, staleBindingTypes, writeBindingTypes } from "../../src/synth/types.ts";
import { type App, makeApp } from "../app.ts";

const INFRA = `
import { KEY } from "../shared/key.ts";
interface Unused { of: "types" }
sst.Linkable.wrap(sst.aws.Bucket, (bucket) => ({ properties: { name: bucket.name } }));
export const files = new sst.aws.Bucket("Files", { versioning: true });
export const things = new sst.aws.Dynamo("Things", { fields: { [KEY]: "string" }, primaryIndex: { hashKey: KEY } });
export const settings = new sst.Linkable("Settings", {
  properties: { size: 3, on: true, deep: { list: [1], text: "x", type: "own" }, nothing: null },
});
const key = new sst.Secret("Key", "placeholder");
const dead = new sst.aws.Queue("Dead");
export const jobs = new sst.aws.Queue("Jobs", { dlq: dead.arn });
jobs.subscribe({ handler: "src/jobs.handler", link: [files, settings, key], nodejs: { minify: true } });
console.warn("take care");
console.log("not for stdout");
`;

let app: App;
let graphs: [Graph, Graph, Graph];
beforeAll(async () => {
  app = await makeApp({
    "infra/app.ts": INFRA,
    "shared/key.ts": `export const KEY: string = "pk";`,
    "below/package.json": "{}",
    "below/deep/package.json": "{}",
    "below/node_modules/x/package.json": "{}",
  });
  const { root } = app;
  const first = synthesize({ root, stage: "one" });
  const other = synthesize({ root, stage: "two" });
  graphs = [await first, await synthesize({ root, stage: "one" }), await other];
});
afterAll(() => app.remove());

const of = (graph: Graph, type: string): GraphResource[] =>
  graph.resources.filter((resource) => resource.type === type);

test("returns the same graph at every evaluation of a config", () => {
  expect(graphs[1]).toEqual(graphs[0]);
});

test("returns the same resources for another stage, with other physical names", () => {
  const [one, , two] = graphs;
  const shape = ({ resources }: Graph) => resources.map(({ type, name }) => `${type} ${name}`);
  const physical = ({ resources }: Graph) =>
    resources
      .filter(({ type }) => /^aws:.*(BucketV2|Table|Queue|Role|Function)$/.test(type))
      .map(({ id }) => id);

  // SST derives the name of a subscriber from its queue's ARN, which contains the stage.
  const generic = (names: string[]) =>
    names.map((name) => name.replace(/Subscriber[A-Z][a-z]{5}|(?<=Stack app-).*/, ""));
  expect(generic(shape(two))).toEqual(generic(shape(one)));
  expect(physical(one).filter((id) => physical(two).includes(id))).toEqual([]);
  expect(physical(one).every((id) => id.includes("one"))).toBe(true);
});

test("includes the files that the config imports", () => {
  const [graph] = graphs;

  expect(of(graph, "aws:dynamodb/table:Table")).toMatchObject([
    { inputs: { hashKey: "pk", attributes: [{ name: "pk", type: "S" }] } },
  ]);
  expect(graph.sources).toEqual(["infra/app.ts", "shared/key.ts", "sst.config.ts"]);
  expect(graph.app).toEqual({
    name: "app",
    stage: "one",
    removal: "retain",
    protect: false,
    providers: {},
  });
});

test("includes the build settings and links of a function", () => {
  const [{ functions }] = graphs;

  expect(functions).toMatchObject([
    {
      handler: "src/jobs.handler",
      runtime: "nodejs20.x",
      architecture: "x86_64",
      nodejs: { minify: true },
      links: {
        Files: { name: expect.stringContaining("app-one-files") },
        Settings: { size: 3, on: true, deep: { list: [1], text: "x", type: "own" } },
        Key: { value: "placeholder" },
      },
    },
  ]);
});

test("includes a function that nothing waits for", async () => {
  const single = await makeApp({
    "infra/app.ts": `new sst.aws.Function("Tool", { handler: "a.b" });`,
  });
  onTestFinished(() => single.remove());
  const graph = await synthesize({ root: single.root, stage: "one" });

  expect(of(graph, "aws:lambda/function:Function")).toMatchObject([{ name: "ToolFunction" }]);
});

test("links every component that can be linked to the shell", () => {
  const { links } = graphs[0];

  expect(Object.keys(links).toSorted()).toEqual([
    "Dead",
    "Files",
    "Jobs",
    "Key",
    "Settings",
    "Things",
  ]);
  expect(links["Files"]).toEqual({
    type: "sst.aws.Bucket",
    name: expect.stringContaining("app-one-files"),
  });
});

test("contains the values of secrets, not their wrappers", () => {
  const [graph] = graphs;
  const [tool] = of(graph, "aws:lambda/function:Function");

  expect(graph.links["Key"]).toEqual({ type: "sst.sst.Secret", value: "placeholder" });
  expect(of(graph, "aws:lambda/eventSourceMapping:EventSourceMapping")).toMatchObject([
    { inputs: { functionName: tool?.id } },
  ]);
});

test("collects warnings", () => {
  expect(graphs[0].warnings).toContain("take care");
  expect(graphs[0].warnings).not.toContain("not for stdout");
});

describe("sst-env.d.ts", () => {
  const header = `/* This file is auto-generated by SST. Do not edit. */
/* tslint:disable */
/* eslint-disable */
/* deno-fmt-ignore-file */
/* biome-ignore-all lint: auto-generated */
`;
  const types = `${header}
declare module "sst" {
  export interface Resource {
    "Dead": {
      "type": "sst.aws.Queue"
      "url": string
    }
    "Files": {
      "name": string
      "type": "sst.aws.Bucket"
    }
    "Jobs": {
      "type": "sst.aws.Queue"
      "url": string
    }
    "Key": {
      "type": "sst.sst.Secret"
      "value": string
    }
    "Settings": {
      "deep": {
        "list": any
        "text": string
        "type": "own"
      }
      "nothing": any
      "on": boolean
      "size": number
      "type": "sst.sst.Linkable"
    }
    "Things": {
      "name": string
      "type": "sst.aws.Dynamo"
    }
  }
}
/// <reference path="sst-env.d.ts" />

import "sst"
export {}`;

  test("has exactly the text that SST writes, with a reference next to every package.json", () => {
    expect(bindingTypes(graphs[0], app.root)).toEqual({
      "sst-env.d.ts": types,
      "below/sst-env.d.ts": `${header}\n/// <reference path="../sst-env.d.ts" />\n\nimport "sst"\nexport {}`,
      "below/deep/sst-env.d.ts": `${header}\n/// <reference path="../../sst-env.d.ts" />\n\nimport "sst"\nexport {}`,
    });
  });

  test("is written only if it is out of date", () => {
    const files = ["sst-env.d.ts", "below/sst-env.d.ts", "below/deep/sst-env.d.ts"];
    expect(staleBindingTypes(graphs[0], app.root).toSorted()).toEqual(files.toSorted());

    expect(writeBindingTypes(graphs[0], app.root).toSorted()).toEqual(files.toSorted());
    app.write("below/sst-env.d.ts", "// edited");

    expect(writeBindingTypes(graphs[0], app.root)).toEqual(["below/sst-env.d.ts"]);
    expect(app.read("sst-env.d.ts")).toBe(types);
  });
});
