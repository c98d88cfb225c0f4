import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ensurePlatform } from "@waybill/offline/synth";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import * as z from "zod/mini";

import { root } from "../stack.ts";
import { type Installed, installPacked, run, shellEnvironment } from "./install.ts";

let app: Installed;
beforeAll(async () => {
  app = await installPacked();
  // SST's components are those of this repository: their installation has tests of its own.
  await ensurePlatform(root);
  fs.symlinkSync(path.join(root, ".sst"), app.file(".sst"));
  fs.copyFileSync(path.join(import.meta.dirname, "consumer.ts"), app.file("consumer.ts"));
});
afterAll(() => app.remove());

const installed = (name: string, ...file: string[]) =>
  fs.readFileSync(app.file("node_modules", "@waybill", name, ...file), "utf8");

test("each tarball has its license, its README and only dependencies from npm", () => {
  for (const name of ["client", "iam", "offline", "s3", "sqs", "step-functions"]) {
    expect(installed(name, "LICENSE")).toContain("MIT License");
    expect(installed(name, "README.md")).toContain(`# @waybill/${name}\n`);
    const { dependencies = {} } = JSON.parse(installed(name, "package.json")) as {
      dependencies?: Record<string, string>;
    };
    expect(
      Object.keys(dependencies).filter((dependency) => dependency.startsWith("@waybill/")),
    ).toEqual([]);
    expect(Object.values(dependencies).join(" ")).not.toMatch(/workspace:|catalog:/);
  }
});

test("offline contains the patched dynalite, and depends on what dynalite depends on", () => {
  const dynalite = JSON.parse(installed("offline", "dist/dynalite/package.json")) as {
    dependencies: Record<string, string>;
  };
  const { dependencies } = JSON.parse(installed("offline", "package.json")) as typeof dynalite;
  // Its command line needs `minimist`, and is not part of the build.
  const { minimist: _, ...used } = dynalite.dependencies;

  expect(installed("offline", "dist/dynalite/db/index.js")).toContain("exports.writeItem");
  expect(installed("offline", "dist/dynalite/dynalite-license.txt")).toContain("Apache License");
  expect(dependencies).toMatchObject(used);
});

test("the declarations fit a program under strict rules", async () => {
  const tsconfig = {
    compilerOptions: {
      target: "es2024",
      lib: ["es2024", "esnext.disposable"],
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      types: ["node"],
    },
    files: ["consumer.ts"],
  };
  fs.writeFileSync(app.file("tsconfig.json"), JSON.stringify(tsconfig));

  expect(await run(app.folder, path.join(root, "tools", "run"), "tsc", "-p", ".")).toEqual({
    code: 0,
    text: "",
  });
});

test("the engines and the client run from node_modules", async () => {
  const { code, text } = await run(
    app.folder,
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    "consumer.ts",
  );

  expect({ code, results: JSON.parse(text) as unknown }).toEqual({
    code: 0,
    results: {
      s3: "hello",
      sqs: "work",
      stepFunctions: "42",
      iam: true,
      client: { key: "a.txt", status: 403, signed: 2 },
      node: "function",
      metrics: [],
    },
  });
});

const Ready = z.object({
  type: z.literal("ready"),
  endpoint: z.string(),
  env: z.record(z.string(), z.string()),
});

test("offline dev runs the example: an object that is put has an item in the table", async () => {
  const child = spawn(app.file("node_modules/.bin/offline"), ["dev", "--json", "--port=0"], {
    cwd: app.folder,
    env: shellEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    const ready = await new Promise<z.output<typeof Ready>>((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const { data } = Ready.safeParse(JSON.parse(line));
        if (data) resolve(data);
      });
      child.once("exit", (code) => reject(new Error(`offline dev ended with code ${code}`)));
    });
    const nameOf = (resource: string) =>
      z.object({ name: z.string() }).parse(JSON.parse(ready.env[`SST_RESOURCE_${resource}`] ?? ""))
        .name;
    const settings = {
      endpoint: ready.endpoint,
      region: ready.env["AWS_REGION"] ?? "us-east-1",
      credentials: {
        accessKeyId: ready.env["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: ready.env["AWS_SECRET_ACCESS_KEY"] ?? "",
      },
    };
    const put = { Bucket: nameOf("Files"), Key: "a b.txt", Body: "hello" };
    await new S3Client({ ...settings, forcePathStyle: true }).send(new PutObjectCommand(put));
    const dynamo = new DynamoDBClient(settings);
    const get = new GetItemCommand({ TableName: nameOf("Sizes"), Key: { key: { S: "a b.txt" } } });

    await vi.waitFor(
      async () => expect((await dynamo.send(get)).Item).toMatchObject({ size: { N: "5" } }),
      { timeout: 60_000, interval: 100 },
    );
  } finally {
    child.kill("SIGTERM");
    await ended;
  }
});

test("offline names its commands for the package manager that runs it", async () => {
  const empty = app.file("empty");
  fs.mkdirSync(empty);
  fs.writeFileSync(path.join(empty, "sst.config.ts"), "");
  const { code, text } = await run(empty, "npx", "--prefix", app.folder, "offline", "synth");

  expect({ code, text }).toEqual({
    code: 1,
    text: `offline: sst is not installed in ${empty}. Run: npm install\n`,
  });
});
