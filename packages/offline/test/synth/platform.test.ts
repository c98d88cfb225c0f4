import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { beforeEach, expect, onTestFinished, test, vi } from "vitest";

import { ensurePlatform } from "../../src/synth/platform.ts";

interface Programs {
  /** A shell script in the place of SST's CLI; "none" leaves it out. */
  sst?: string;
  npm?: string;
  pnpm?: string;
}

const MANIFEST = {
  dependencies: { "@pulumi/aws": "6.66.2" },
  devDependencies: { "@types/bun": "1.2.1", vitest: "^1.2.2" },
  overrides: { "string-width": "4.2.3" },
};

// As SST's CLI: it writes its files, runs the package manager in their folder, and writes the lock
// file last.
const SST = `
echo "$@" >> calls
mkdir -p .sst/platform
echo 9.9.9 > .sst/platform/version
cat > .sst/platform/package.json <<'END'
${JSON.stringify(MANIFEST)}
END
(cd .sst/platform && npm install --of-sst)
echo '[]' > .sst/provider-lock.json`;

const MANAGER = `
root=$(cd ../.. && pwd)
echo "$(basename "$0") $1" >> "$root/managers"
echo "$@" > "$root/args"
mkdir node_modules`;

/** Creates an app with test programs in place of SST's CLI, npm and pnpm. */
function appWith({ sst = SST, npm = MANAGER, pnpm = MANAGER }: Programs = {}): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "platform-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text, { mode: 0o755 });
  };
  write("sst.config.ts", "export default {};");
  write("node_modules/sst/package.json", '{"version":"9.9.9"}');
  if (sst !== "none") write("node_modules/.bin/sst", `#!/bin/sh\n${sst}\n`);
  write("bin/npm", `#!/bin/sh\n${npm}\n`);
  write("bin/pnpm", `#!/bin/sh\n${pnpm}\n`);
  vi.stubEnv("PATH", `${path.join(root, "bin")}${path.delimiter}${process.env["PATH"]}`);
  vi.stubEnv("npm_config_user_agent", undefined);
  vi.stubEnv("npm_execpath", undefined);
  return root;
}

const read = (root: string, file: string) => fs.readFileSync(path.join(root, file), "utf8");
const ONCE = "install --stage offline --print-logs\n";

let written = "";
beforeEach(() => {
  written = "";
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written += String(text);
    return true;
  });
  return () => {
    spy.mockRestore();
    vi.unstubAllEnvs();
  };
});

test("installs a platform once", async () => {
  const root = appWith();
  await ensurePlatform(root);
  await ensurePlatform(root);

  expect(read(root, "calls")).toBe(ONCE);
  expect(read(root, ".sst/provider-lock.json")).toBe("[]\n");
});

test("installs a platform once for several callers at the same time", async () => {
  const root = appWith();
  await Promise.all([ensurePlatform(root), ensurePlatform(root), ensurePlatform(root)]);

  expect(read(root, "calls")).toBe(ONCE);
  expect(fs.readdirSync(path.join(root, ".sst")).toSorted()).toEqual([
    "platform",
    "provider-lock.json",
  ]);
});

test("installs a platform after a process that was killed while it installed", async () => {
  const root = appWith();
  fs.mkdirSync(path.join(root, ".sst"));
  fs.writeFileSync(path.join(root, ".sst/offline-install.lock"), String(2 ** 22 + 1));
  await ensurePlatform(root);

  expect(read(root, "calls")).toBe(ONCE);
});

test.each([
  ["of another version", ".sst/platform/version", "9.9.8"],
  ["without packages", ".sst/platform/node_modules", undefined],
  ["without the file that SST's CLI writes last", ".sst/provider-lock.json", undefined],
])("installs a platform %s again", async (_, file, contents) => {
  const root = appWith();
  await ensurePlatform(root);
  fs.rmSync(path.join(root, file), { recursive: true });
  if (contents !== undefined) fs.writeFileSync(path.join(root, file), contents);
  fs.rmSync(path.join(root, ".sst/platform/node_modules"), { recursive: true, force: true });
  await ensurePlatform(root);

  expect(read(root, "calls")).toBe(ONCE + ONCE);
});

test("installs the packages with npm, without the tools of SST's tests", async () => {
  const root = appWith();
  await ensurePlatform(root);

  expect(read(root, "managers")).toBe("npm install\n");
  expect(read(root, "args")).not.toContain("--of-sst");
  expect(JSON.parse(read(root, ".sst/platform/package.json"))).toEqual({
    ...MANIFEST,
    devDependencies: { "@types/bun": "1.2.1" },
  });
});

test("installs the packages with the pnpm that runs this process, in the layout of npm", async () => {
  const root = appWith();
  vi.stubEnv("npm_config_user_agent", "pnpm/12.21.0 npm/? node/? linux x64");
  vi.stubEnv("npm_execpath", path.join(root, "bin/pnpm"));
  await ensurePlatform(root);

  expect(read(root, "managers")).toBe("pnpm install\n");
  expect(read(root, "args")).toContain("--config.node-linker=hoisted");
  expect(JSON.parse(read(root, ".sst/platform/pnpm-workspace.yaml"))).toEqual({
    packages: [],
    overrides: MANIFEST.overrides,
  });
});

test("shows that it installs", async () => {
  await ensurePlatform(appWith());

  expect(written).toMatch(
    /^Installing SST 9\.9\.9's components \(first start only\): 0 s\n(?:.*\n)*.*: done in \d+ s\n$/,
  );
});

test("reports what SST's CLI printed if it fails, and deletes its temporary files", async () => {
  const root = appWith({
    sst: "echo 'level=INFO msg=x'; echo 'Failed to build\u001b[2J sst.config.ts' >&2; exit 1",
  });

  await expect(ensurePlatform(root)).rejects.toMatchObject({
    code: "platform.install_failed",
    retry: true,
    message: expect.stringMatching(
      /"sst install" failed\. .* npm registry\.\nFailed to build\\u001b\[2J sst\.config\.ts$/,
    ),
  });
  expect(fs.readdirSync(path.join(root, ".sst"))).toEqual([]);
});

test("reports what npm printed if it fails, and does not count as installed", async () => {
  const npm = `${MANAGER}; echo 'npm http fetch GET 200 x' >&2; echo 'npm error code ECONNREFUSED' >&2; exit 1`;
  const root = appWith({ npm });
  const failure = {
    code: "platform.install_failed",
    message: expect.stringMatching(/"npm install" failed\. .*\nnpm error code ECONNREFUSED$/),
  };

  await expect(ensurePlatform(root)).rejects.toMatchObject(failure);
  expect(fs.readdirSync(path.join(root, ".sst"))).toEqual(["platform"]);
});

test("reports the error of pnpm", async () => {
  const error = JSON.stringify({ level: "error", name: "pnpm", message: "no network\nFailed" });
  const root = appWith({
    pnpm: `printf '%s\\n' '{"level":"debug","name":"x"}' '${error}'; exit 1`,
  });
  vi.stubEnv("npm_config_user_agent", "pnpm/12.21.0 npm/? node/? linux x64");

  await expect(ensurePlatform(root)).rejects.toMatchObject({
    message: expect.stringMatching(
      /"pnpm install" failed\. .* npm registry\.\nno network\nFailed$/,
    ),
  });
});

test("lets npm retry once, soon, if nothing else is set", async () => {
  const root = appWith({
    npm: `${MANAGER}; env | grep ^npm_config_fetch_retr | sort > "$root/tried"`,
  });
  await ensurePlatform(root);

  expect(read(root, "tried")).toBe(
    "npm_config_fetch_retries=1\nnpm_config_fetch_retry_maxtimeout=1000\nnpm_config_fetch_retry_mintimeout=1000\n",
  );
});

test("rejects an installation that reports success and wrote nothing", async () => {
  await expect(ensurePlatform(appWith({ sst: "exit 0" }))).rejects.toMatchObject({
    code: "platform.install_failed",
  });
});

test("reports an SST CLI that cannot be run", async () => {
  await expect(ensurePlatform(appWith({ sst: "none" }))).rejects.toMatchObject({
    code: "platform.install_failed",
    message: expect.stringContaining("ENOENT"),
  });
});

test("rejects a folder without a config, or without sst", async () => {
  const root = appWith();
  fs.rmSync(path.join(root, "node_modules"), { recursive: true });

  await expect(ensurePlatform(root)).rejects.toMatchObject({
    code: "platform.no_sst",
    message: `sst is not installed in ${root}. Run: npm install`,
  });
  fs.rmSync(path.join(root, "sst.config.ts"));
  await expect(ensurePlatform(root)).rejects.toMatchObject({
    code: "platform.no_config",
    message: `sst.config.ts does not exist in ${root}. Run offline in the folder of an SST app.`,
  });
});
