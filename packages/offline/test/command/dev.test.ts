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
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";

import { alive } from "../../src/ground/process.ts";
import { type App, config, makeApp } from "../app.ts";
import { clientsOf } from "../clients.ts";
import { Dev, run } from "../offline.ts";

// One stage, from its first start to its end: each test goes on from where the one before it has left it.

const INFRA = `
const files = new sst.aws.Bucket("Files");
const things = new sst.aws.Dynamo("Things", { fields: { pk: "string" }, primaryIndex: { hashKey: "pk" } });
const kept = new sst.aws.Queue("Kept");
const jobs = new sst.aws.Queue("Jobs");
jobs.subscribe({ handler: "src/jobs.handler", runtime: "nodejs22.x", timeout: "20 seconds" });
`;
const answering = (text: string) => `import { suffix } from "./suffix.ts";
export const handler = async (event: { Records: { body: string }[] }) => {
  console.log(JSON.stringify({ said: ${JSON.stringify(text)} + suffix, pid: process.pid }));
  if (event.Records[0]?.body === "hang") await new Promise((resolve) => setTimeout(resolve, 15_000));
};
`;

let app: App;
let dev: Dev;
beforeAll(async () => {
  app = await makeApp({
    "sst.config.ts": config('await import("./infra/app.ts");', `protect: stage === "kept"`),
    "infra/app.ts": INFRA,
    "src/jobs.ts": answering("one"),
    "src/suffix.ts": `export const suffix = "";`,
  });
  dev = await Dev.start(app.root);
});
afterAll(async () => {
  await dev.stop("SIGKILL");
  app.remove();
});

const Links = z.object({ name: z.string().default(""), url: z.string().default("") });
const link = (name: string) =>
  Links.parse(JSON.parse(dev.ready.env[`SST_RESOURCE_${name}`] ?? "{}"));
const clients = () => clientsOf(dev.ready.env);
const stackFile = () => path.join(app.root, ".offline/offline/stack.json");
const send = (body: string, queue = "Jobs") =>
  clients().sqs.send(new SendMessageCommand({ QueueUrl: link(queue).url, MessageBody: body }));
/** The function, called once more, says this. */
async function expectAnswer(said: string) {
  const seen = dev.events.length;
  await send("x");
  const { line } = await dev.next("log", (event) => event.line.includes('"said"'), seen);
  expect(JSON.parse(line)).toMatchObject({ said });
}
const receive = async () => {
  const { Messages = [] } = await clients().sqs.send(
    new ReceiveMessageCommand({ QueueUrl: link("Kept").url, VisibilityTimeout: 600 }),
  );
  return Messages.map(({ Body }) => Body);
};

/** Every process that runs anything of this app: workers, and esbuild. */
function processesOfApp(): string[] {
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

test("a stage that runs says where it is to its owner, and to nobody else", async () => {
  const mode = (file: string) => (fs.statSync(path.join(app.root, file)).mode & 0o777).toString(8);

  expect(JSON.parse(fs.readFileSync(stackFile(), "utf8"))).toEqual({
    pid: dev.pid,
    endpoint: dev.ready.endpoint,
    token: dev.ready.token,
    env: dev.ready.env,
  });
  expect(mode(".offline/offline")).toBe("700");
  expect(mode(".offline/offline/stack.json")).toBe("600");
  expect(mode(".offline/offline/secret")).toBe("600");
});

test("another start of the same stage is refused, and harms nothing", async () => {
  const second = run(app.root, ["dev", "--port", "0"]);

  expect(await second.ended).toBe(1);
  expect(second.stderr()).toBe(
    `offline: the stage "offline" runs already, as process ${dev.pid} at ${dev.ready.endpoint}. ` +
      "Stop it first, or choose another stage with --stage.\n",
  );
  await expectAnswer("one");
});

test("a port that is taken is refused at once, with what to do, and nothing is made", async () => {
  const { port } = new URL(dev.ready.endpoint);
  const second = run(app.root, ["dev", "--stage", "other", "--port", port]);

  expect(await second.ended).toBe(1);
  expect(second.stderr()).toMatch(
    /^offline: port \d+ on 127\.0\.0\.1 is taken by another program\. Stop it, or choose another port with --port\.\n$/,
  );
  expect(fs.existsSync(path.join(app.root, ".offline/other"))).toBe(false);
});

test("a handler that changes is built again, also where it is another file of it", async () => {
  let seen = dev.events.length;
  app.write("src/jobs.ts", answering("two"));
  expect(await dev.next("rebuilt", () => true, seen)).not.toHaveProperty("error");
  await expectAnswer("two");

  seen = dev.events.length;
  app.write("src/suffix.ts", `export const suffix = ", too";`);
  await dev.next("rebuilt", () => true, seen);
  await expectAnswer("two, too");
});

test("a handler that is broken leaves the last build running, and says where it is broken", async () => {
  let seen = dev.events.length;
  app.write("src/jobs.ts", `const a = 1;\nexport const handler = async () => {`);
  const { error } = await dev.next("rebuilt", () => true, seen);
  expect(error).toBe("src/jobs.ts:2: Unexpected end of file");
  await expectAnswer("two, too");

  seen = dev.events.length;
  app.write("src/jobs.ts", answering("three"));
  await dev.next("rebuilt", (event) => event.error === undefined, seen);
  await expectAnswer("three, too");
});

test("a config that is broken leaves everything running, and says where it is broken", async () => {
  const seen = dev.events.length;
  app.write("infra/app.ts", `${INFRA}\nthrow new Error("no such luck");`);
  const told = await dev.next("problem", ({ message }) => message.includes("no such luck"), seen);

  expect(told.message).toMatch(/^infra\/app\.ts:8: no such luck\nWhat ran before goes on/);
  await expectAnswer("three, too");
});

test("a config that changes starts everything again, at the same place, with the same data, and whatever a handler is like", async () => {
  let seen = dev.events.length;
  app.write("src/jobs.ts", "export const handler = async () => {");
  await dev.next("rebuilt", (event) => event.error !== undefined, seen);
  await clients().s3.send(
    new PutObjectCommand({ Bucket: link("Files").name, Key: "a b", Body: "kept" }),
  );
  const { endpoint } = dev.ready;
  seen = dev.events.length;
  app.write("infra/app.ts", `${INFRA}\nnew sst.aws.Queue("Later");`);
  await dev.next("ready", () => true, seen);

  expect(dev.ready.endpoint).toBe(endpoint);
  expect(link("Later").url).toContain(`${endpoint}/`);
  const { Body } = await clients().s3.send(
    new GetObjectCommand({ Bucket: link("Files").name, Key: "a b" }),
  );
  expect(await Body?.transformToString()).toBe("kept");
  await expectAnswer("three, too");

  app.write("src/jobs.ts", answering("four"));
  await dev.next("rebuilt", (event) => event.error === undefined, seen);
  await expectAnswer("four, too");
});

test("after a kill in the middle of everything, data and messages are there again", async () => {
  const { dynamodb } = clients();
  const Item = { pk: { S: "a" }, text: { S: "kept" } };
  await dynamodb.send(new PutItemCommand({ TableName: link("Things").name, Item }));
  await send("in flight", "Kept");
  expect(await receive()).toEqual(["in flight"]);
  const seen = dev.events.length;
  await send("hang");
  await dev.next("log", (event) => event.line.includes('"said"'), seen);
  const left = processesOfApp();
  expect(left.some((line) => line.includes("nodejs-runtime"))).toBe(true);

  expect(await dev.stop("SIGKILL")).toBe("SIGKILL");
  await expect.poll(processesOfApp, { timeout: 20_000 }).toEqual([]);
  expect(fs.existsSync(stackFile())).toBe(true);

  dev = await Dev.start(app.root);
  expect(await receive()).toEqual(["in flight"]);
  // The message whose worker was killed as well is with a worker again.
  await dev.next("log", (event) => event.line.includes('"said"'));
  const table = { TableName: link("Things").name, Key: { pk: { S: "a" } } };
  expect((await clients().dynamodb.send(new GetItemCommand(table))).Item).toEqual(Item);
});

test("what a stage has kept is not removed while it runs", async () => {
  const removal = run(app.root, ["remove"]);

  expect(await removal.ended).toBe(1);
  expect(removal.stderr()).toContain(`the stage "offline" runs already, as process ${dev.pid}`);
});

test("Ctrl-C ends every process, in the middle of an invocation as well, and keeps the data", async () => {
  expect(processesOfApp()).not.toEqual([]);

  expect(await dev.stop("SIGINT")).toBe(0);
  expect(dev.stderr).toBe("");
  expect(alive(dev.pid)).toBe(false);
  expect(processesOfApp()).toEqual([]);
  expect(fs.existsSync(stackFile())).toBe(false);

  dev = await Dev.start(app.root, ["--no-polling"]);
  const { Body } = await clients().s3.send(
    new GetObjectCommand({ Bucket: link("Files").name, Key: "a b" }),
  );
  expect(await Body?.transformToString()).toBe("kept");
  const QueueUrl = link("Jobs").url;
  const AttributeNames = ["ApproximateNumberOfMessages" as const];
  const left = await clients().sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames }),
  );
  expect(left.Attributes).toEqual({ ApproximateNumberOfMessages: "1" });
  await dev.stop("SIGTERM");
});

test("a table whose key changes is refused, with what to do", async () => {
  app.write("infra/app.ts", INFRA.replaceAll("pk", "id"));
  const start = run(app.root, ["dev", "--port", "0"]);

  expect(await start.ended).toBe(1);
  expect(start.stderr()).toMatch(
    /^offline: the keys or indexes of the table app-offline-\S+ are not/,
  );
  expect(start.stderr()).toContain("pnpm offline remove --stage");
});

test("a stage that is protected is not removed", async () => {
  fs.mkdirSync(path.join(app.root, ".offline/kept"));
  const removal = run(app.root, ["remove", "--stage", "kept"]);

  expect(await removal.ended).toBe(1);
  expect(removal.stderr()).toContain('the stage "kept" is protected by sst.config.ts');
  expect(fs.existsSync(path.join(app.root, ".offline/kept"))).toBe(true);
});

test("what a stage has kept is removed with all of its folder", async () => {
  const removal = run(app.root, ["remove"]);

  expect(await removal.ended).toBe(0);
  expect(removal.stdout()).toBe("removed .offline/offline\n");
  expect(fs.existsSync(path.join(app.root, ".offline/offline"))).toBe(false);
});

test("where there is nothing to remove, it says so", async () => {
  const removal = run(app.root, ["remove"]);

  expect(await removal.ended).toBe(0);
  expect(removal.stdout()).toBe("there is no .offline/offline\n");
});
