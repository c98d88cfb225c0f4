import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";

import { type App, makeApp } from "../app.ts";
import { Dev, run } from "../offline.ts";

let app: App;
beforeAll(async () => {
  app = await makeApp({ "infra/app.ts": `new sst.aws.Bucket("Files");` });
});
afterAll(() => app.remove());

/** What leads a program elsewhere than to the stack. */
const FOREIGN = {
  AWS_PROFILE: "production",
  AWS_SESSION_TOKEN: "x",
  AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1",
  AWS_ENDPOINT_URL_SNS: "http://127.0.0.1:1",
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
  AWS_USE_FIPS_ENDPOINT: "true",
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "AKIAPRODUCTION",
  SST_RESOURCE_Files: "{}",
  SST_RESOURCE_OfAnotherShell: "{}",
  SST_KEY_FILE: "resource.enc",
};
const PRINT = ["--", process.execPath, "-e", "console.log(JSON.stringify(process.env))"];
const Env = z.record(z.string(), z.string());

/** What a command finds in its environment. */
async function environment(args: string[], env: Record<string, string> = {}, said = "") {
  const shell = run(app.root, ["shell", ...args, ...PRINT], { ...FOREIGN, ...env });
  expect({ code: await shell.ended, said: shell.stderr() }).toEqual({ code: 0, said });
  return Env.parse(JSON.parse(shell.stdout()));
}

describe("where nothing runs, a shell starts a stack for as long as its command takes", () => {
  test("and binds the command to it, and to nothing else", async () => {
    const env = await environment(
      [],
      { KEPT: "1", AWS_PAGER: "" },
      'No stack of "offline" runs: starting one for this command ...\n',
    );

    expect(env).toMatchObject({
      KEPT: "1",
      AWS_PAGER: "",
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_ENDPOINT_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
      AWS_SECRET_ACCESS_KEY: expect.stringMatching(/^.{40}$/),
      SST_RESOURCE_App: '{"name":"app","stage":"offline"}',
      SST_RESOURCE_Files: expect.stringContaining('"type":"sst.aws.Bucket"'),
    });
    const bound = new Set(["AWS_REGION", "AWS_ACCESS_KEY_ID", "SST_RESOURCE_Files"]);
    const gone = Object.keys(FOREIGN).filter((name) => !bound.has(name));
    expect(gone.filter((name) => name in env)).toEqual([]);
    await expect(fetch(env["AWS_ENDPOINT_URL"] ?? "")).rejects.toThrow("fetch failed");
  });
});

describe("where the stage runs", () => {
  let dev: Dev;
  beforeAll(async () => {
    dev = await Dev.start(app.root);
  });
  afterAll(async () => {
    await dev.stop();
  });

  test("a shell is bound to what runs, and leaves it running", async () => {
    expect(await environment([])).toMatchObject(dev.ready.env);
    expect((await fetch(dev.ready.endpoint)).status).toBe(403);
  });

  test("a shell passes on how its command ended", async () => {
    const shell = run(app.root, ["shell", "--", process.execPath, "-e", "process.exit(7)"]);

    expect(await shell.ended).toBe(7);
  });

  test("a command that is killed ends as a shell tells it", async () => {
    const kill = "process.kill(process.pid, 'SIGTERM')";
    const shell = run(app.root, ["shell", "--", process.execPath, "-e", kill]);

    expect(await shell.ended).toBe(128 + 15);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)("a shell passes %s on", async (signal) => {
    const wait = `process.once("${signal}", () => process.exit(4)); console.log("up"); setInterval(() => {}, 1000);`;
    const shell = run(app.root, ["shell", "--", process.execPath, "-e", wait]);
    await expect.poll(shell.stdout, { timeout: 20_000 }).toBe("up\n");
    shell.signal(signal);

    expect(await shell.ended).toBe(4);
  });

  test("a command may have options of its own, also those of the shell", async () => {
    const show = "console.log(process.argv.slice(1).join())";
    const command = [process.execPath, "-e", show, "--", "--stage", "x", "-h"];
    const shell = run(app.root, ["shell", "--stage", "offline", "--", ...command]);

    expect(await shell.ended).toBe(0);
    expect(shell.stdout()).toBe("--stage,x,-h\n");
  });

  test("a command that is not there is said to be so, without a stack trace", async () => {
    const shell = run(app.root, ["shell", "--", "no-such-command"]);

    expect(await shell.ended).toBe(1);
    expect(shell.stderr()).toBe(
      'offline: "no-such-command" cannot be run: spawn no-such-command ENOENT.\n',
    );
  });
});

test.each(["dev", "remove", "synth", "shell"])(
  "%s refuses what cannot be a stage",
  async (name) => {
    const refused = run(app.root, [name, "--stage", "../other"]);

    expect(await refused.ended).toBe(1);
    expect(refused.stderr()).toMatch(
      /^offline: "\.\.\/other" cannot be a stage: use 1 to 20 letters/,
    );
  },
);

test.each([
  ["--port", "70000", "it must be a whole number from 0 to 65535"],
  ["--workers", "many", "it must be a whole number from 1 to 64"],
  ["--retry-seconds", "1.5", "it must be a whole number from 0 to 43200"],
])("%s %s is refused, and says what it may be", async (option, value, reason) => {
  const refused = run(app.root, ["dev", option, value]);

  expect(await refused.ended).toBe(1);
  expect(refused.stderr()).toContain(reason);
});
