import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";

import { type App, makeApp } from "../app.ts";
import { Dev, run } from "../offline.ts";

let app: App;
beforeAll(async () => {
  app = await makeApp({ "infra/app.ts": `new sst.aws.Bucket("Files");` });
});
afterAll(() => app.remove());

/** Variables that would point a program at something other than the stack. */
const CONFLICTING = {
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

/** Returns the environment of a command that `shell` runs. */
async function environment(args: string[], env: Record<string, string> = {}, stderr = "") {
  const shell = run(app.root, ["shell", ...args, ...PRINT], { ...CONFLICTING, ...env });
  expect({ code: await shell.ended, stderr: shell.stderr() }).toEqual({ code: 0, stderr });
  return Env.parse(JSON.parse(shell.stdout()));
}

describe("without a running stage", () => {
  test("starts the stage until the command ends, and binds the command only to it", async () => {
    const env = await environment(
      [],
      { KEPT: "1", AWS_PAGER: "" },
      'Stage "offline" is not running. Starting it for this command ...\n',
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
    const unset = Object.keys(CONFLICTING).filter((name) => !bound.has(name));
    expect(unset.filter((name) => name in env)).toEqual([]);
    await expect(fetch(env["AWS_ENDPOINT_URL"] ?? "")).rejects.toThrow("fetch failed");
  });
});

describe("with a running stage", () => {
  let dev: Dev;
  beforeAll(async () => {
    dev = await Dev.start(app.root);
  });
  afterAll(async () => {
    await dev.stop();
  });

  test("binds the command to the running stage, which keeps running", async () => {
    expect(await environment([])).toMatchObject(dev.ready.env);
    expect((await fetch(dev.ready.endpoint)).status).toBe(403);
  });

  test("returns the exit code of the command", async () => {
    const shell = run(app.root, ["shell", "--", process.execPath, "-e", "process.exit(7)"]);

    expect(await shell.ended).toBe(7);
  });

  test("returns 128 plus the signal that ended the command", async () => {
    const kill = "process.kill(process.pid, 'SIGTERM')";
    const shell = run(app.root, ["shell", "--", process.execPath, "-e", kill]);

    expect(await shell.ended).toBe(128 + 15);
  });

  test.each(["SIGTERM", "SIGHUP"] as const)("forwards %s to the command", async (signal) => {
    const wait = `process.once("${signal}", () => process.exit(4)); console.log("up"); setInterval(() => {}, 1000);`;
    const shell = run(app.root, ["shell", "--", process.execPath, "-e", wait]);
    await expect.poll(shell.stdout, { timeout: 20_000 }).toBe("up\n");
    shell.signal(signal);

    expect(await shell.ended).toBe(4);
  });

  test("passes options after -- to the command", async () => {
    const show = "console.log(process.argv.slice(1).join())";
    const command = [process.execPath, "-e", show, "--", "--stage", "x", "-h"];
    const shell = run(app.root, ["shell", "--stage", "offline", "--", ...command]);

    expect(await shell.ended).toBe(0);
    expect(shell.stdout()).toBe("--stage,x,-h\n");
  });

  test("reports a command that does not exist in one line", async () => {
    const shell = run(app.root, ["shell", "--", "no-such-command"]);

    expect(await shell.ended).toBe(1);
    expect(shell.stderr()).toBe(
      'offline: could not start "no-such-command": spawn no-such-command ENOENT\n',
    );
  });
});

test.each(["dev", "remove", "synth", "shell"])("%s rejects an invalid stage name", async (name) => {
  const rejected = run(app.root, [name, "--stage", "../other"]);

  expect(await rejected.ended).toBe(1);
  expect(rejected.stderr()).toMatch(
    /^offline: "\.\.\/other" is not a valid stage name: use 1 to 20 letters/,
  );
});

test.each([
  ["--port", "70000", "It must be a whole number from 0 to 65535"],
  ["--workers", "many", "It must be a whole number from 1 to 64"],
  ["--retry-seconds", "1.5", "It must be a whole number from 0 to 43200"],
])("rejects %s %s, and says which values are valid", async (option, value, reason) => {
  const rejected = run(app.root, ["dev", option, value]);

  expect(await rejected.ended).toBe(1);
  expect(rejected.stderr()).toContain(reason);
});
