import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import { type App, config, makeApp } from "../app.ts";
import { type Run, run } from "../offline.ts";

// The text that `offline dev` prints, and the commands in it.

const INFRA = `
const files = new sst.aws.Bucket("Files");
const events = new sst.aws.Queue("Events");
events.subscribe({ handler: "src/events.handler", runtime: "nodejs22.x" });
files.notify({ notifications: [{ name: "Events", queue: events, events: ["s3:ObjectCreated:*"] }] });
`;
const HANDLER = `
export const handler = async (event) => {
  for (const { body } of event.Records)
    for (const { eventName, s3 } of JSON.parse(body).Records ?? [])
      console.log(JSON.stringify({ seen: eventName, key: s3.object.key, size: s3.object.size }));
};
`;
const TIMEOUT = { timeout: 60_000, interval: 50 };
const sh = promisify(execFile);

let app: App;
let started: Run;
beforeAll(async () => {
  const settings = { hint: "show README.md", line: "{seen} {key} {size}" };
  app = await makeApp({
    "infra/app.ts": INFRA,
    "src/events.ts": HANDLER,
    "README.md": "read me",
    "package.json": JSON.stringify({ name: "app", type: "module", offline: settings }),
  });
  started = run(app.root, ["dev", "--port=0"]);
  await vi.waitUntil(() => started.stdout().includes("Ctrl-C stops the app"), TIMEOUT);
});
afterAll(() => {
  started.signal("SIGKILL");
  app.remove();
});

/** The line of the output after this one. */
function after(line: string): string {
  const lines = started.stdout().split("\n");
  return lines[lines.indexOf(line) + 1]?.trim() ?? "";
}

/**
 * Runs a command line in the folder of the app. Of this process's environment it gets only the
 * path.
 */
const paste = (line: string) =>
  sh("sh", ["-c", line], {
    cwd: app.root,
    env: { PATH: process.env["PATH"], HOME: app.root },
    timeout: TIMEOUT.timeout,
  });

test("prints the URLs of functions and the outputs, without secrets", async () => {
  const outputs = await makeApp({
    "sst.config.ts": config('return (await import("./infra/app.ts")).outputs;'),
    "infra/app.ts": `
const key = new sst.Secret("Key", "the value");
const web = new sst.aws.Function("Web", { handler: "src/web.handler", runtime: "nodejs22.x", url: true });
export const outputs = { site: web.url, dsn: $interpolate\`db://\${key.value}@host\`, deep: { n: 1 } };`,
    "src/web.ts": `export const handler = async () => "here";`,
  });
  const dev = run(outputs.root, ["dev", "--port=0"]);
  onTestFinished(() => {
    dev.signal("SIGKILL");
    outputs.remove();
  });
  await vi.waitUntil(() => dev.stdout().includes("Ctrl-C stops the app"), TIMEOUT);
  const text = dev.stdout();
  const url = /^ {4}Web {2}(http:\S+)$/m.exec(text)?.[1] ?? "";

  expect(text).toContain(`  Function URLs:\n    Web  ${url}\n`);
  expect(text).toContain(
    `  Outputs:\n    site  ${url}\n    dsn   db://[secret]@host\n    deep  {"n":1}\n`,
  );
  expect(await (await fetch(url)).text()).toBe("here");
});

test("prints the address of S3 and the access key", () => {
  expect(started.stdout()).toMatch(
    new RegExp(
      String.raw`^
app runs offline, stage "offline", ready in \d+\.\d s\.

  S3 endpoint  http://127\.0\.0\.1:\d+
  region       us-east-1
  bucket       app-offline-filesbucket-\w+
  access key   AKIA\w{16}
  secret key   \S{40}
`,
    ),
  );
});

describe("a printed command", () => {
  test.skipIf(!fs.existsSync("/usr/bin/curl"))("puts a file with curl", async () => {
    await paste(after("  or, without the aws command:"));

    await expect.poll(started.stdout, TIMEOUT).toMatch(/ObjectCreated:Put README\.md 7\n/);
  });

  test.skipIf(!fs.existsSync("/usr/bin/aws"))("puts a file with aws", async () => {
    fs.writeFileSync(path.join(app.root, "README.md"), "read me again");
    await paste(after("  Put a file, from another terminal in this folder:"));

    await expect.poll(started.stdout, TIMEOUT).toMatch(/ObjectCreated:Put README\.md 13\n/);
  });

  test("shows the result: the hint of package.json", () => {
    expect(after("  See the result:")).toBe("show README.md");
  });
});

test("updates the types of the bindings", () => {
  expect(app.read("sst-env.d.ts")).toContain('"type": "sst.aws.Bucket"');
});

test("ends at Ctrl-C, and keeps the data", async () => {
  started.signal("SIGINT");

  expect(await started.ended).toBe(0);
  expect(fs.readdirSync(path.join(app.root, ".offline/offline"))).toContain("s3");
});
