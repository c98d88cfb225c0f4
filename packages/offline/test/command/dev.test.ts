import fs from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";

import type { App } from "../app.ts";
import { Dev, run } from "../offline.ts";
import {
  clientOf,
  expectLogged,
  handlerThatLogs,
  INFRA,
  makeJobsApp,
  stackFile,
} from "./jobs-app.ts";

describe("a running stage", () => {
  let app: App;
  let dev: Dev;
  beforeAll(async () => {
    app = await makeJobsApp();
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
    // Each test begins with a handler that logs the name of the test.
    await build("src/jobs.ts", handlerThatLogs(task.name));
  });

  test("writes its address and keys to a file that only the current user can read", () => {
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

  test("rejects a second start, and keeps running", async ({ task }) => {
    const second = run(app.root, ["dev", "--port", "0"]);

    expect(await second.ended).toBe(1);
    expect(second.stderr()).toBe(
      `offline: the stage "offline" is already running (process ${dev.pid}, ${dev.ready.endpoint}). ` +
        "Stop it, or choose another stage with --stage.\n",
    );
    await expectLogged(dev, task.name);
  });

  test("rejects another stage on its port, which creates nothing", async () => {
    const { port } = new URL(dev.ready.endpoint);
    const second = run(app.root, ["dev", "--stage", "other", "--port", port]);

    expect(await second.ended).toBe(1);
    expect(second.stderr()).toMatch(
      /^offline: port \d+ on 127\.0\.0\.1 is taken by another program\. Stop it, or choose another port with --port\.\n$/,
    );
    expect(fs.existsSync(path.join(app.root, ".offline/other"))).toBe(false);
  });

  test("cannot be removed", async () => {
    const removal = run(app.root, ["remove"]);

    expect(await removal.ended).toBe(1);
    expect(removal.stderr()).toContain(
      `the stage "offline" is already running (process ${dev.pid}`,
    );
  });

  test("rebuilds a handler when one of its files changes", async () => {
    expect(await build("src/jobs.ts", handlerThatLogs("two"))).not.toHaveProperty("error");
    await expectLogged(dev, "two");

    onTestFinished(() => app.write("src/suffix.ts", `export const suffix = "";`));
    await build("src/suffix.ts", `export const suffix = ", too";`);
    await expectLogged(dev, "two, too");
  });

  test("keeps the last build of a handler that cannot be built, and reports the line", async ({
    task,
  }) => {
    const broken = await build("src/jobs.ts", "const a = 1;\nexport const handler = async () => {");
    expect(broken.error).toBe("src/jobs.ts:2: Unexpected end of file");
    await expectLogged(dev, task.name);

    await build("src/jobs.ts", handlerThatLogs("fixed"));
    await expectLogged(dev, "fixed");
  });

  test("keeps running while the config is invalid, reports the line, and restarts after a fix", async ({
    task,
  }) => {
    let seen = dev.events.length;
    app.write("infra/app.ts", `${INFRA}\nthrow new Error("no such luck");`);
    const problem = await dev.next(
      "problem",
      ({ message }) => message.includes("no such luck"),
      seen,
    );
    expect(problem.message).toMatch(
      /^infra\/app\.ts:8: no such luck\nStill running the previous version\. Waiting for changes/,
    );
    await expectLogged(dev, task.name);

    // It restarts with the same address and data, even if a handler cannot be built.
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
    await expectLogged(dev, task.name);

    seen = dev.events.length;
    app.write("src/jobs.ts", handlerThatLogs("fixed"));
    await dev.next("rebuilt", ({ error }) => error === undefined, seen);
    await expectLogged(dev, "fixed");
  });
});

test("reports in one line that its data cannot be read", async () => {
  const app = await makeJobsApp();
  onTestFinished(() => app.remove());
  app.write(
    ".offline/offline/sqs/sqs.db",
    "not a database, and longer than the header of one".repeat(9),
  );
  const start = run(app.root, ["dev", "--port", "0"]);

  expect(await start.ended).toBe(1);
  expect(start.stderr()).toMatch(/^offline: [^\n]*sqs\.db[^\n]*\n$/);
});
