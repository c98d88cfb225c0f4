import fs from "node:fs";

import { expect, test } from "vitest";

import { bundleConfig } from "../../src/synth/bundle.ts";
import { platformOf } from "../../src/synth/platform.ts";
import { synthesize } from "../../src/synth/synthesize.ts";
import { config, makeApp } from "../app.ts";

const evaluation = (root: string): Promise<unknown> => synthesize({ root, stage: "one" });
/** The first step of an evaluation. */
const bundling = (root: string): Promise<unknown> =>
  bundleConfig(root, fs.realpathSync(platformOf(root)));

const escaped = (text: string) => text.replaceAll(/[^\w ]/g, "\\$&");

/** Returns the error of an app with these files. */
async function failure(files: Record<string, string>, evaluate = evaluation): Promise<unknown> {
  const broken = await makeApp(files);
  try {
    await evaluate(broken.root);
  } catch (error) {
    return error;
  } finally {
    broken.remove();
  }
  throw new Error("the evaluation did not fail");
}

test("reports an error of the config with its line", async () => {
  const infra = `new sst.aws.Bucket("Files");\nconst names: string[] = [];\n\nnames[0].length;\n`;

  expect(await failure({ "infra/app.ts": infra })).toMatchObject({
    code: "synth.config_failed",
    message: "infra/app.ts:4: Cannot read properties of undefined (reading 'length')",
  });
});

test("reports an error in an apply callback with its line", async () => {
  const infra = `const files = new sst.aws.Bucket("Files");
files.name.apply(() => {
  throw new Error("not that name");
});`;

  expect(await failure({ "infra/app.ts": infra })).toMatchObject({
    code: "synth.config_failed",
    message: "infra/app.ts:3: not that name",
  });
});

test("reports an argument that a component rejects with its line, and that in the component", async () => {
  const infra = `new sst.aws.Function("Tool", { handler: "a.b", timeout: "5 parsecs" });`;

  expect(await failure({ "infra/app.ts": infra })).toMatchObject({
    code: "synth.config_failed",
    message: expect.stringMatching(
      /^infra\/app\.ts:1: Invalid duration 5 parsecs \(thrown at \.sst\/platform\/src\/components\/duration\.ts:\d+\)$/,
    ),
  });
});

test("reports a syntax error with its line", async () => {
  expect(
    await failure({ "infra/app.ts": `export const a = 1;\nexport const = 2;\n` }, bundling),
  ).toMatchObject({
    code: "synth.config_invalid",
    message: 'infra/app.ts:2: Expected identifier but found "="',
  });
});

test("reports an import that does not exist with its line", async () => {
  expect(await failure({ "infra/app.ts": `\n\nimport "./missing.ts";` }, bundling)).toMatchObject({
    code: "synth.config_invalid",
    message: 'infra/app.ts:3: Could not resolve "./missing.ts"',
  });
});

test("reports a call that needs AWS, and what to do", async () => {
  const infra = `const own = aws.organizations.getOrganizationOutput();
new sst.Linkable("Organization", { properties: { id: own.id } });`;

  expect(await failure({ "infra/app.ts": infra })).toMatchObject({
    code: "synth.config_failed",
    message: expect.stringMatching(
      /^infra\/app\.ts:1: the config calls aws:organizations\/getOrganization:getOrganization, which needs AWS and is not available offline\. Pass the value/,
    ),
  });
});

test("reports the line of a component whose callback fails, not that of another component", async () => {
  const infra = `new sst.aws.Bucket("Files");
new sst.aws.Function("Tool", { handler: "a.b", timeout: new sst.aws.Bucket("Other").name.apply(() => "5 parsecs") });
new sst.aws.Queue("Jobs");`;

  expect(await failure({ "infra/app.ts": infra })).toMatchObject({
    message: expect.stringMatching(/^infra\/app\.ts:2: Invalid duration/),
  });
});

test("reports a data source that fails with its name and line", async () => {
  const infra = `
aws.iam.getPolicyDocumentOutput({ statements: [{ actions: [7], resources: ["*"] }] });`;

  expect(await failure({ "infra/app.ts": infra })).toMatchObject({
    code: "synth.config_failed",
    message:
      "infra/app.ts:2: aws:iam/getPolicyDocument:getPolicyDocument failed: statements[0].actions: must be a list of strings",
  });
});

test.each([
  ["an error without a message", `throw new RangeError();`, "RangeError without a message"],
  [
    "a value that is not an error",
    `throw { status: 3 };`,
    "{ status: 3 } was thrown, which is not an error",
  ],
  [
    "nothing, in a callback",
    `new sst.aws.Bucket("B").name.apply(() => { throw undefined; });`,
    "undefined was thrown, which is not an error",
  ],
  [
    "several errors",
    `throw new AggregateError([new Error("one"), new TypeError()]);`,
    "one; TypeError without a message",
  ],
  ["a gRPC error", `throw Object.assign(new Error(), { details: "the details" });`, "the details"],
  ["a cause", `throw new Error("it failed", { cause: new Error("why") });`, "it failed: why"],
  [
    "an output that rejects",
    `new sst.Linkable("L", { properties: { a: Promise.reject(new Error()) } });`,
    "Error without a message",
  ],
])("reports %s with its line", async (_, infra, message) => {
  expect(await failure({ "infra/app.ts": infra })).toMatchObject({
    code: "synth.config_failed",
    message: expect.stringMatching(
      new RegExp(`^(infra/app\\.ts:1|sst\\.config\\.ts): ${escaped(message)}$`),
    ),
  });
});

test("reports a provider that offline does not support", async () => {
  const files = { "sst.config.ts": config("", `providers: { "planetscale": "0.4.1" }`) };

  expect(await failure(files)).toMatchObject({
    code: "synth.unsupported_provider",
    message: expect.stringMatching(
      /^sst\.config\.ts: the app uses the provider "planetscale", which offline does not support\. It supports @pulumi\/aws, /,
    ),
  });
});

test("reports a home that offline does not support, also if a component of it is used", async () => {
  const files = {
    "sst.config.ts": config('new sst.cloudflare.Worker("W", { handler: "a.ts" });', "").replace(
      'home: "aws"',
      'home: "cloudflare"',
    ),
  };

  expect(await failure(files)).toMatchObject({
    code: "synth.unsupported_provider",
    message: expect.stringContaining('the provider "cloudflare", which offline does not support'),
  });
});

test("reports a run() that never ends", async () => {
  const infra = `await new Promise(() => {});`;

  expect(await failure({ "infra/app.ts": infra })).toMatchObject({
    code: "synth.config_failed",
    message: "sst.config.ts: run() waits for something that never happens.",
  });
});

test("reports a config that ends the process", async () => {
  expect(await failure({ "infra/app.ts": `process.exit(3);` })).toMatchObject({
    code: "synth.crashed",
    message: expect.stringContaining("exit code 3"),
  });
});

test("reports an error of app() with its line", async () => {
  const files = { "sst.config.ts": config("", "...(() => { throw new Error('no name'); })()") };

  expect(await failure(files)).toMatchObject({
    code: "synth.config_failed",
    message: "sst.config.ts:3: no name",
  });
});
