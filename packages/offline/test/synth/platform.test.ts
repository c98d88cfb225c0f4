import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { expect, onTestFinished, test, vi } from "vitest";

import { ensurePlatform } from "../../src/synth/platform.ts";

/** An app with a `sst` of its own: a shell script, which is called instead of SST's CLI. */
function appWith(sst: string | undefined): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "platform-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text, { mode: 0o755 });
  };
  write("sst.config.ts", "export default {};");
  write("node_modules/sst/package.json", '{"version":"9.9.9"}');
  if (sst !== undefined) write("node_modules/.bin/sst", `#!/bin/sh\n${sst}\n`);
  return root;
}

// npm writes its own lock file last.
const INSTALL = `
echo "$@" >> calls
mkdir -p .sst/platform/node_modules
echo 9.9.9 > .sst/platform/version
echo {} > .sst/platform/node_modules/.package-lock.json`;

const calls = (root: string) => fs.readFileSync(path.join(root, "calls"), "utf8");

test("a platform is installed once, and not looked for again", async () => {
  const root = appWith(INSTALL);
  await ensurePlatform(root);
  await ensurePlatform(root);

  expect(calls(root)).toBe("install --stage offline --print-logs\n");
});

test("a platform that several ask for at the same time is installed once", async () => {
  const root = appWith(INSTALL);
  await Promise.all([ensurePlatform(root), ensurePlatform(root), ensurePlatform(root)]);

  expect(calls(root)).toBe("install --stage offline --print-logs\n");
  expect(fs.readdirSync(path.join(root, ".sst"))).toEqual(["platform"]);
});

test("an installation that was killed does not keep others from theirs", async () => {
  const root = appWith(INSTALL);
  fs.mkdirSync(path.join(root, ".sst"));
  fs.writeFileSync(path.join(root, ".sst/offline-install.lock"), String(2 ** 22 + 1));
  await ensurePlatform(root);

  expect(calls(root)).toBe("install --stage offline --print-logs\n");
});

test("a platform of another version is installed again", async () => {
  const root = appWith(INSTALL);
  await ensurePlatform(root);
  fs.writeFileSync(path.join(root, ".sst/platform/version"), "9.9.8");
  await ensurePlatform(root);

  expect(calls(root).split("\n")).toHaveLength(3);
});

test("an installation that fails says what SST said, and what to do", async () => {
  const root = appWith("echo 'getaddrinfo ENOTFOUND\u001b[2J registry.npmjs.org' >&2; exit 1");

  await expect(ensurePlatform(root)).rejects.toMatchObject({
    code: "platform.install_failed",
    retry: true,
    message: expect.stringMatching(
      /SST 9\.9\.9's components .* check the network and try again\.\ngetaddrinfo ENOTFOUND\\u001b\[2J registry/,
    ),
  });
  expect(fs.readdirSync(path.join(root, ".sst"))).toEqual([]);
});

test("an installation that fails says what npm said, as it is in the log of SST", async () => {
  const logged = String.raw`level=ERROR msg="exited with error" err="npm error code ECONNREFUSED\nnpm error \"http://x\""`;
  const root = appWith(`cat >&2 <<'END'\n${logged}\n✕  Unexpected error occurred.\nEND\nexit 1`);

  await expect(ensurePlatform(root)).rejects.toMatchObject({
    message: expect.stringMatching(
      /try again\.\nnpm error code ECONNREFUSED\nnpm error "http:\/\/x"$/,
    ),
  });
});

test("npm tries again once, soon, where nobody has set how it should", async () => {
  const root = appWith(`env | grep ^npm_config_fetch_retr | sort > tried; ${INSTALL}`);
  await ensurePlatform(root);

  expect(fs.readFileSync(path.join(root, "tried"), "utf8")).toBe(
    "npm_config_fetch_retries=1\nnpm_config_fetch_retry_maxtimeout=1000\nnpm_config_fetch_retry_mintimeout=1000\n",
  );
});

test("an installation that says it went well, and did not, has failed", async () => {
  await expect(ensurePlatform(appWith("exit 0"))).rejects.toMatchObject({
    code: "platform.install_failed",
  });
});

test("a sst that cannot be run has failed", async () => {
  await expect(ensurePlatform(appWith(undefined))).rejects.toMatchObject({
    code: "platform.install_failed",
    message: expect.stringContaining("ENOENT"),
  });
});

test("a folder without a config, or without sst, says so", async () => {
  const root = appWith(INSTALL);
  fs.rmSync(path.join(root, "node_modules"), { recursive: true });

  vi.stubEnv("npm_config_user_agent", "pnpm/12.21.0 npm/? node/v22.23.3 linux x64");
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(ensurePlatform(root)).rejects.toMatchObject({
    code: "platform.no_sst",
    message: `sst is not installed in ${root}. Run: npx --yes pnpm@12.21.0 install`,
  });
  vi.stubEnv("npm_config_user_agent", "npm/10.9.0 node/v22.23.3 linux x64");
  await expect(ensurePlatform(root)).rejects.toMatchObject({
    message: `sst is not installed in ${root}. Run: npm install`,
  });
  fs.rmSync(path.join(root, "sst.config.ts"));
  await expect(ensurePlatform(root)).rejects.toMatchObject({
    code: "platform.no_config",
    message: `there is no sst.config.ts in ${root}.`,
  });
});
