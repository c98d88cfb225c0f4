import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

import { synthesize } from "../../src/synth/synthesize.ts";
import { type App, makeApp } from "../app.ts";
import { Dev } from "../offline.ts";

const program = path.resolve(import.meta.dirname, "../../src/main.ts");

let app: App;
beforeAll(async () => {
  app = await makeApp({ "infra/app.ts": `new sst.Secret("Key"); new sst.Secret("Other", "p");` });
});
afterAll(() => app.remove());

/** Runs `offline secret`. */
function secret(args: string[], input = "") {
  const command = ["--disable-warning=ExperimentalWarning", program, "secret", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: app.root,
    input,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const linksOf = async (stage: string) => (await synthesize({ root: app.root, stage })).links;

test("reports a secret without a value with the line and the command that sets it", async () => {
  await expect(linksOf("one")).rejects.toMatchObject({
    code: "synth.missing_secret",
    message: expect.stringMatching(
      /^infra\/app\.ts:1: the secret Key has no value in stage "one"\. Set it with: .*offline.* secret set Key <value> --stage one$/,
    ),
  });
});

test("stores values per stage, with a fallback, and never prints them", async () => {
  const outputs = [
    secret(["set", "Key", "of every stage", "--fallback"]),
    secret(["set", "Key", "--stage", "one"], "from stdin\n"),
    secret(["set", "Other", "more", "--stage", "one"]),
    secret(["list", "--stage", "one"]),
  ];

  expect(outputs.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
  expect(outputs.at(-1)?.stdout).toBe("Key\nOther\n");
  expect(JSON.stringify(outputs)).not.toMatch(/of every stage|from stdin|more/);
  expect(await linksOf("one")).toMatchObject({
    Key: { value: "from stdin" },
    Other: { value: "more" },
  });
  expect(await linksOf("two")).toMatchObject({
    Key: { value: "of every stage" },
    Other: { value: "p" },
  });
  const { mode } = fs.statSync(path.join(app.root, ".offline/secrets.json"));
  expect(mode & 0o777).toBe(0o600);
});

test("removes a value, and says that a secret has none", () => {
  secret(["set", "Key", "x", "--stage", "three"]);

  expect(secret(["remove", "Key", "--stage", "three"])).toMatchObject({ status: 0 });
  expect(secret(["remove", "Key", "--stage", "three"])).toMatchObject({
    status: 1,
    stderr: 'offline: Key has no value for stage "three".\n',
  });
});

test("rejects a name that SST rejects", () => {
  expect(secret(["set", "my-key", "x"])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('"my-key" is not a valid name of a secret'),
  });
});

test("restarts a running app with the changed value", async () => {
  secret(["set", "Key", "before"]);
  const dev = await Dev.start(app.root);
  onTestFinished(async () => {
    await dev.stop();
  });
  expect(dev.ready.env["SST_RESOURCE_Key"]).toContain("before");
  const seen = dev.events.length;

  expect(secret(["set", "Key", "after"]).stdout).toBe(
    'Set Key for stage "offline". The running app restarts.\n',
  );
  await dev.next("ready", () => true, seen);

  expect(dev.ready.env["SST_RESOURCE_Key"]).toContain("after");
});
