import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";

import { alive } from "../../src/ground/process.ts";
import { type App, config, makeApp } from "../app.ts";
import { clientsOf } from "../clients.ts";
import { Dev, run } from "../offline.ts";

const INFRA = `
const files = new sst.aws.Bucket("Files");
const things = new sst.aws.Dynamo("Things", { fields: { pk: "string" }, primaryIndex: { hashKey: "pk" } });
const kept = new sst.aws.Queue("Kept");
const jobs = new sst.aws.Queue("Jobs");
jobs.subscribe({ handler: "src/jobs.handler", runtime: "nodejs22.x", timeout: "20 seconds" });
`;
const handlerThatSays = (text: string) => `import { suffix } from "./suffix.ts";
export const handler = async (event: { Records: { body: string }[] }) => {
  console.log(JSON.stringify({ said: ${JSON.stringify(text)} + suffix, pid: process.pid }));
  if (event.Records[0]?.body === "hang") await new Promise((resolve) => setTimeout(resolve, 15_000));
};
`;

const newApp = () =>
  makeApp({
    "sst.config.ts": config('await import("./infra/app.ts");', `protect: stage === "kept"`),
    "infra/app.ts": INFRA,
    "src/jobs.ts": handlerThatSays("one"),
    "src/suffix.ts": `export const suffix = "";`,
  });

const Links = z.object({ name: z.string().default(""), url: z.string().default("") });

/** A stack that runs, and its clients. */
function clientOf(dev: Dev) {
  const { env } = dev.ready;
  const clients = clientsOf(env);
  const link = (name: string) => Links.parse(JSON.parse(env[`SST_RESOURCE_${name}`] ?? "{}"));
  return {
    ...clients,
    link,
    send: (body: string, queue = "Jobs") =>
      clients.sqs.send(new SendMessageCommand({ QueueUrl: link(queue).url, MessageBody: body })),
    receive: async () => {
      const { Messages = [] } = await clients.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: link("Kept").url, VisibilityTimeout: 600 }),
      );
      return Messages.map(({ Body }) => Body);
    },
    putFile: (Key: string, Body: string) =>
      clients.s3.send(new PutObjectCommand({ Bucket: link("Files").name, Key, Body })),
    readFile: async (Key: string) => {
      const { Body } = await clients.s3.send(
        new GetObjectCommand({ Bucket: link("Files").name, Key }),
      );
      return Body?.transformToString();
    },
  };
}

const hasSaid = ({ line }: { line: string }) => line.includes('"said"');

/** Invokes the function, and expects it to log this. */
async function expectAnswer(dev: Dev, said: string) {
  const seen = dev.events.length;
  await clientOf(dev).send("x");
  const { line } = await dev.next("log", hasSaid, seen);
  expect(JSON.parse(line)).toMatchObject({ said });
}

const stackFile = (app: App) => path.join(app.root, ".offline/offline/stack.json");

/** Every process that runs something of this app: workers, and esbuild. */
function processesOf(app: App, dev: Dev): string[] {
  const listed = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const rows = listed.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []);
  const below = (pid: string): string[] =>
    rows.flatMap(([, own = "", parent, args = ""]) =>
      parent === pid ? [`${own} ${args}`, ...below(own)] : [],
    );
  const named = rows.flatMap(([, pid = "", , args = ""]) =>
    args.includes(app.root) ? [`${pid} ${args}`] : [],
  );
  return [...new Set([...below(String(dev.pid)), ...named])];
}

describe("a stage that runs", () => {
  let app: App;
  let dev: Dev;
  beforeAll(async () => {
    app = await newApp();
    dev = await Dev.start(app.root);
  });
  afterAll(async () => {
    await dev.stop("SIGKILL");
    app.remove();
  });

  /** Writes a handler, and waits until the function is built from it. */
  async function build(file: string, contents: string) {
    const seen = dev.events.length;
    app.write(file, contents);
    return dev.next("rebuilt", () => true, seen);
  }
  beforeEach(async ({ task }) => {
    // Each test begins with a handler that is built and says its own name.
    await build("src/jobs.ts", handlerThatSays(task.name));
  });

  test("says where it is to its owner, and to nobody else", () => {
    const mode = (file: string) =>
      (fs.statSync(path.join(app.root, file)).mode & 0o777).toString(8);

    expect(JSON.parse(fs.readFileSync(stackFile(app), "utf8"))).toEqual({
      pid: dev.pid,
      endpoint: dev.ready.endpoint,
      token: dev.ready.token,
      env: dev.ready.env,
    });
    expect(mode(".offline/offline")).toBe("700");
    expect(mode(".offline/offline/stack.json")).toBe("600");
    expect(mode(".offline/offline/secret")).toBe("600");
  });

  test("rejects another start, which harms nothing", async ({ task }) => {
    const second = run(app.root, ["dev", "--port", "0"]);

    expect(await second.ended).toBe(1);
    expect(second.stderr()).toBe(
      `offline: the stage "offline" runs already, as process ${dev.pid} at ${dev.ready.endpoint}. ` +
        "Stop it first, or choose another stage with --stage.\n",
    );
    await expectAnswer(dev, task.name);
  });

  test("keeps its port: another stage says what to do, and creates nothing", async () => {
    const { port } = new URL(dev.ready.endpoint);
    const second = run(app.root, ["dev", "--stage", "other", "--port", port]);

    expect(await second.ended).toBe(1);
    expect(second.stderr()).toMatch(
      /^offline: port \d+ on 127\.0\.0\.1 is taken by another program\. Stop it, or choose another port with --port\.\n$/,
    );
    expect(fs.existsSync(path.join(app.root, ".offline/other"))).toBe(false);
  });

  test("is not removed", async () => {
    const removal = run(app.root, ["remove"]);

    expect(await removal.ended).toBe(1);
    expect(removal.stderr()).toContain(`the stage "offline" runs already, as process ${dev.pid}`);
  });

  test("rebuilds a handler that changes, in whichever of its files", async () => {
    expect(await build("src/jobs.ts", handlerThatSays("two"))).not.toHaveProperty("error");
    await expectAnswer(dev, "two");

    onTestFinished(() => app.write("src/suffix.ts", `export const suffix = "";`));
    await build("src/suffix.ts", `export const suffix = ", too";`);
    await expectAnswer(dev, "two, too");
  });

  test("keeps the last build of a handler that is broken, and says where", async ({ task }) => {
    const broken = await build("src/jobs.ts", "const a = 1;\nexport const handler = async () => {");
    expect(broken.error).toBe("src/jobs.ts:2: Unexpected end of file");
    await expectAnswer(dev, task.name);

    await build("src/jobs.ts", handlerThatSays("fixed"));
    await expectAnswer(dev, "fixed");
  });

  test("keeps running while the config is broken, says where, and restarts when it changes", async ({
    task,
  }) => {
    let seen = dev.events.length;
    app.write("infra/app.ts", `${INFRA}\nthrow new Error("no such luck");`);
    const told = await dev.next("problem", ({ message }) => message.includes("no such luck"), seen);
    expect(told.message).toMatch(
      /^infra\/app\.ts:8: no such luck\nStill running the previous version\. Waiting for changes/,
    );
    await expectAnswer(dev, task.name);

    // With the same address and data, also while a handler is broken.
    expect(await build("src/jobs.ts", "export const handler = async () => {")).toHaveProperty(
      "error",
    );
    await clientOf(dev).putFile("a b", "kept");
    const { endpoint } = dev.ready;
    seen = dev.events.length;
    app.write("infra/app.ts", `${INFRA}\nnew sst.aws.Queue("Later");`);
    await dev.next("ready", () => true, seen);
    expect(dev.ready.endpoint).toBe(endpoint);
    expect(clientOf(dev).link("Later").url).toContain(`${endpoint}/`);
    expect(await clientOf(dev).readFile("a b")).toBe("kept");
    await expectAnswer(dev, task.name);

    seen = dev.events.length;
    app.write("src/jobs.ts", handlerThatSays("fixed"));
    await dev.next("rebuilt", ({ error }) => error === undefined, seen);
    await expectAnswer(dev, "fixed");
  });
});

describe("a stage that ends", () => {
  let app: App;
  let dev: Dev;
  beforeEach(async () => {
    app = await newApp();
    dev = await Dev.start(app.root);
    return async () => {
      await dev.stop("SIGKILL");
      app.remove();
    };
  });

  /** Leaves the function within an invocation. */
  async function hang() {
    const seen = dev.events.length;
    await clientOf(dev).send("hang");
    await dev.next("log", hasSaid, seen);
  }

  test("has its data and messages again after it was killed within an invocation", async () => {
    const { dynamodb, send, receive, link } = clientOf(dev);
    const Item = { pk: { S: "a" }, text: { S: "kept" } };
    await dynamodb.send(new PutItemCommand({ TableName: link("Things").name, Item }));
    await send("in flight", "Kept");
    expect(await receive()).toEqual(["in flight"]);
    await hang();
    const left = processesOf(app, dev);
    expect(left.some((line) => line.includes("nodejs-runtime"))).toBe(true);

    expect(await dev.stop("SIGKILL")).toBe("SIGKILL");
    await expect.poll(() => processesOf(app, dev), { timeout: 20_000 }).toEqual([]);
    expect(fs.existsSync(stackFile(app))).toBe(true);

    dev = await Dev.start(app.root);
    expect(await clientOf(dev).receive()).toEqual(["in flight"]);
    // A worker receives the message again whose worker was killed.
    await dev.next("log", hasSaid);
    const table = { TableName: link("Things").name, Key: { pk: { S: "a" } } };
    expect((await clientOf(dev).dynamodb.send(new GetItemCommand(table))).Item).toEqual(Item);
  });

  test("ends every process at Ctrl-C, also within an invocation, and keeps the data", async () => {
    await clientOf(dev).putFile("a b", "kept");
    await hang();
    expect(processesOf(app, dev)).not.toEqual([]);

    expect(await dev.stop("SIGINT")).toBe(0);
    expect(dev.stderr).toBe("");
    expect(alive(dev.pid)).toBe(false);
    expect(processesOf(app, dev)).toEqual([]);
    expect(fs.existsSync(stackFile(app))).toBe(false);

    dev = await Dev.start(app.root, ["--no-polling"]);
    const { sqs, link, readFile } = clientOf(dev);
    expect(await readFile("a b")).toBe("kept");
    const QueueUrl = link("Jobs").url;
    const AttributeNames = ["ApproximateNumberOfMessages" as const];
    const left = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    expect(left.Attributes).toEqual({ ApproximateNumberOfMessages: "1" });
  });

  test("does not start again with another table key, and says what to do", async () => {
    await dev.stop("SIGTERM");
    app.write("infra/app.ts", INFRA.replaceAll("pk", "id"));
    const start = run(app.root, ["dev", "--port", "0"], {
      npm_config_user_agent: "pnpm/12.21.0",
      npm_execpath: "/usr/bin/pnpm",
    });

    expect(await start.ended).toBe(1);
    expect(start.stderr()).toMatch(
      /^offline: the keys or indexes of the table app-offline-\S+ have changed/,
    );
    expect(start.stderr()).toContain("Delete the data of the stage: pnpm offline remove --stage");
  });
});

describe("offline remove", () => {
  let app: App;
  beforeEach(async () => {
    app = await newApp();
    return () => app.remove();
  });
  const keep = (stage: string) =>
    fs.mkdirSync(path.join(app.root, ".offline", stage), { recursive: true });

  test("keeps a stage that is protected", async () => {
    keep("kept");
    const removal = run(app.root, ["remove", "--stage", "kept"]);

    expect(await removal.ended).toBe(1);
    expect(removal.stderr()).toContain('the stage "kept" is protected by sst.config.ts');
    expect(fs.existsSync(path.join(app.root, ".offline/kept"))).toBe(true);
  });

  test("deletes the folder of a stage", async () => {
    keep("offline");
    const removal = run(app.root, ["remove"]);

    expect(await removal.ended).toBe(0);
    expect(removal.stdout()).toBe("removed .offline/offline\n");
    expect(fs.existsSync(path.join(app.root, ".offline/offline"))).toBe(false);
  });

  test("says so where there is nothing to delete", async () => {
    const removal = run(app.root, ["remove"]);

    expect(await removal.ended).toBe(0);
    expect(removal.stdout()).toBe("there is no .offline/offline\n");
  });
});

test("offline dev says in one line that its data cannot be read", async () => {
  const app = await newApp();
  onTestFinished(() => app.remove());
  app.write(
    ".offline/offline/sqs/sqs.db",
    "not a database, and longer than the header of one".repeat(9),
  );
  const start = run(app.root, ["dev", "--port", "0"]);

  expect(await start.ended).toBe(1);
  expect(start.stderr()).toMatch(/^offline: [^\n]*sqs\.db[^\n]*\n$/);
});
