import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";

import { type Stack, startStack } from "../../src/index.ts";
import { type Graph, resourcesOf } from "../../src/synth/graph.ts";
import { type App, config, makeApp } from "../app.ts";

const INFRA = `
const key = new sst.Secret("Key", "the value");
const tool = { handler: "src/tool.handler", runtime: "nodejs22.x" };
const deep = new sst.Linkable("Deep", {
  properties: { list: [{ inner: key.value }], map: { a: { b: key.value } }, text: $interpolate\`<\${key.value}>\` },
});
export const fn = new sst.aws.Function("Tool", {
  ...tool,
  url: true,
  link: [key, deep],
  environment: { PLAIN: key.value, MIXED: $interpolate\`<\${key.value}>\` },
  transform: { function: { tags: { list: key.value } } },
});
new sst.aws.Function("Caller", { ...tool, url: true, link: [fn, key] });
new sst.aws.Queue("Jobs").subscribe({ ...tool, link: [key] });
new aws.ssm.Parameter("Stored", { type: "SecureString", value: key.value });
export const outputs = { url: fn.url, key: key.value, nested: { list: [key.value] } };
`;

const TOOL = `
import { Resource } from "sst";
const { PLAIN, MIXED } = process.env;
export const handler = async () => ({
  statusCode: 200,
  body: JSON.stringify({ key: Resource.Key, deep: Resource.Deep, PLAIN, MIXED }),
});
`;

let app: App;
let stack: Stack;
let graph: Graph;
beforeAll(async () => {
  app = await makeApp({
    "sst.config.ts": config('return (await import("./infra/app.ts")).outputs;'),
    "infra/app.ts": INFRA,
    "src/tool.ts": TOOL,
  });
  stack = await startStack({
    root: app.root,
    stage: "secrets",
    port: 0,
    retrySeconds: 0,
    workers: 1,
    polling: false,
    onEvent: () => undefined,
  });
  ({ graph } = stack);
});
afterAll(async () => {
  await stack.close();
  app.remove();
});

const deep = {
  list: [{ inner: "the value" }],
  map: { a: { b: "the value" } },
  text: "<the value>",
};

test("contains no wrapped secret anywhere", () => {
  expect(JSON.stringify(graph)).not.toMatch(/4dabf18193072939515e22adb298388d|\[secret\]/);
});

test("gives functions the values of secrets, also those nested in links", () => {
  const links = Object.fromEntries(graph.functions.map((fn) => [fn.id, fn.links]));

  expect(links["Tool"]).toMatchObject({ Key: { value: "the value" }, Deep: deep });
  expect(links["Caller"]).toMatchObject({ Key: { value: "the value" } });
});

test("gives the shell, outputs and inputs the values of secrets", () => {
  expect(graph.links).toMatchObject({ Key: { value: "the value" }, Deep: deep });
  expect(graph.outputs).toMatchObject({ key: "the value", nested: { list: ["the value"] } });
  expect(resourcesOf(graph, "aws:ssm/parameter:Parameter")).toMatchObject([
    { inputs: { value: "the value" } },
  ]);
});

test("names the type of a linked component as a deployment does", () => {
  const links = graph.functions.find(({ id }) => id === "Tool")?.links;

  expect(links).toMatchObject({ Key: { type: "sst:sst:Secret" } });
});

test("keeps the URL of a function that links a secret, and of one that links that function", async () => {
  const Url = z.object({ url: z.string() });
  const { url } = Url.parse(JSON.parse(stack.env["SST_RESOURCE_Tool"] ?? ""));
  expect(url).toMatch(`${stack.endpoint}/_url/`);

  const response = await fetch(url);
  expect(await response.json()).toMatchObject({
    key: { value: "the value" },
    deep,
    PLAIN: "the value",
    MIXED: "<the value>",
  });
  expect(graph.functions.find(({ id }) => id === "Caller")?.links["Tool"]).toMatchObject({
    url: graph.outputs["url"],
  });
});
