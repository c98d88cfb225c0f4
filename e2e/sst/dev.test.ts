import fs from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";

import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { makeSstApp, type RunningCommand, type SstApp, startOffline } from "./sst.ts";

const CONFIG = `/// <reference path="./.sst/platform/config.d.ts" />
export default $config({
  app: () => ({ name: "app", home: "aws", removal: "remove" }),
  async run() {
    const jobs = new sst.aws.Queue("Jobs");
    jobs.subscribe({ handler: "src/jobs.handler", runtime: "nodejs22.x", timeout: "20 seconds" });
    return { jobs: jobs.url };
  },
});
`;

/** Prints where it runs: the process of a deployed function has another parent. */
const handlerThatPrints = (word: string) => `
export const handler = async (event) => {
  for (const { body } of event.Records) {
    console.log("${word}", body, process.version.split(".")[0], process.cwd().endsWith("-dev"));
  }
};
`;

const Stack = z.object({ env: z.record(z.string(), z.string()) });
const Outputs = z.object({ jobs: z.string() });

describe("sst dev, with an offline AWS", { timeout: 90_000 }, () => {
  let app: SstApp;
  let dev: RunningCommand;

  const printed = (text: string) =>
    vi.waitFor(() => expect(dev.output()).toContain(text), { timeout: 60_000, interval: 50 });
  const send = async (body: string) => {
    const { env } = Stack.parse(JSON.parse(app.read(".offline/live/stack.json")));
    const sqs = new SQSClient({
      region: "us-east-1",
      endpoint: env["AWS_ENDPOINT_URL"] ?? "",
      credentials: {
        accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
      },
    });
    const { jobs } = Outputs.parse(JSON.parse(app.read(".sst/outputs.json")));
    await sqs.send(new SendMessageCommand({ QueueUrl: jobs, MessageBody: body }));
  };

  beforeAll(async () => {
    app = makeSstApp({ "sst.config.ts": CONFIG, "src/jobs.ts": handlerThatPrints("one") });
    dev = startOffline(app.root, [
      "sst",
      "--retry-seconds=0",
      "--",
      "dev",
      "--stage=live",
      "--mode=mono",
    ]);
    await printed("✓  Complete");
  }, 120_000);

  afterAll(async () => {
    if (dev.child.exitCode === null) dev.signal("SIGTERM");
    await dev.ended;
    app.remove();
  });

  test("invokes a handler in a process of the developer, with the Node of offline", async () => {
    await send("first");
    await printed(`one first v${process.versions.node.split(".")[0]} true`);
    expect(dev.output()).toContain("Invoke");
  });

  test("runs a changed handler without a deployment", async () => {
    const before = dev.output().split("✓  ").length;
    app.write("src/jobs.ts", handlerThatPrints("two"));
    await vi.waitUntil(
      async () => {
        await send("second");
        return dev.output().includes("two second");
      },
      { timeout: 60_000, interval: 500 },
    );
    expect(dev.output().split("✓  ").length).toBe(before);
  });

  test("leaves no process behind after Ctrl-C", async () => {
    dev.signal("SIGINT");
    await dev.ended;
    await vi.waitUntil(() => processesIn(app.root).length === 0, { timeout: 20_000 });
    expect(fs.existsSync(path.join(app.root, ".offline/live/stack.json"))).toBe(false);
  });
});

/** The processes whose working directory is below a folder. */
function processesIn(folder: string): number[] {
  return pids().filter((pid) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false; // it has ended
    }
  });
}

const pids = (): number[] => fs.readdirSync("/proc").map(Number).filter(Number.isInteger);
