import { execFileSync } from "node:child_process";
import fs from "node:fs";

import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, test } from "vitest";

import { alive } from "../../src/ground/process.ts";
import type { App } from "../app.ts";
import { Dev, run } from "../offline.ts";
import { clientOf, INFRA, isJobsLog, makeJobsApp, stackFile } from "./jobs-app.ts";

/** Lists the processes of the app: workers, and esbuild. */
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

describe("a stage that ends", () => {
  let app: App;
  let dev: Dev;
  beforeEach(async () => {
    app = await makeJobsApp();
    dev = await Dev.start(app.root);
    return async () => {
      await dev.stop("SIGKILL");
      app.remove();
    };
  });

  /** Starts an invocation that does not end. */
  async function hang() {
    const seen = dev.events.length;
    await clientOf(dev).send("hang");
    await dev.next("log", isJobsLog, seen);
  }

  test("keeps its data and messages when it is killed during an invocation", async () => {
    const { dynamodb, send, receive, link } = clientOf(dev);
    const Item = { pk: { S: "a" }, text: { S: "kept" } };
    await dynamodb.send(new PutItemCommand({ TableName: link("Things").name, Item }));
    await send("in flight", "Kept");
    expect(await receive()).toEqual(["in flight"]);
    await hang();
    const processes = processesOf(app, dev);
    expect(processes.some((line) => line.includes("nodejs-runtime"))).toBe(true);

    expect(await dev.stop("SIGKILL")).toBe("SIGKILL");
    await expect.poll(() => processesOf(app, dev), { timeout: 20_000 }).toEqual([]);
    expect(fs.existsSync(stackFile(app))).toBe(true);

    dev = await Dev.start(app.root);
    expect(await clientOf(dev).receive()).toEqual(["in flight"]);
    // The message of the killed worker is received again.
    await dev.next("log", isJobsLog);
    const table = { TableName: link("Things").name, Key: { pk: { S: "a" } } };
    expect((await clientOf(dev).dynamodb.send(new GetItemCommand(table))).Item).toEqual(Item);
  });

  test("ends all processes at Ctrl-C during an invocation, and keeps the data", async () => {
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

  test("rejects another table key at the next start, and says what to do", async () => {
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
