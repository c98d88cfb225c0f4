import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";

import { expect, onTestFinished, test } from "vitest";

import {
  announce,
  checkStage,
  checkNotRunning,
  runningStack,
  stageSecret,
} from "../../src/stack/stage-files.ts";

function temporaryRoot(): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "stage-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  fs.mkdirSync(path.join(root, ".offline/one"), { recursive: true });
  return root;
}

/** A program that answers what it is asked with this status, and remembers who asked. */
async function listen(status: number) {
  const tokens: unknown[] = [];
  const server = http.createServer((request, response) => {
    tokens.push(request.headers["x-offline-token"]);
    response.writeHead(status).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens };
}

const stackAt = (endpoint: string, pid = process.pid) => ({ pid, endpoint, token: "t", env: {} });

test("a stack that knows its token runs, and a second one is refused", async () => {
  const root = temporaryRoot();
  const { endpoint, tokens } = await listen(200);
  announce(root, "one", stackAt(endpoint));

  expect(await runningStack(root, "one")).toEqual(stackAt(endpoint));
  await expect(checkNotRunning(root, "one")).rejects.toMatchObject({ code: "stage.running" });
  expect(tokens).toEqual(["t", "t"]);
});

test("no stack runs where its port is another program's, that does not know the token", async () => {
  const root = temporaryRoot();
  announce(root, "one", stackAt((await listen(403)).endpoint));

  expect(await runningStack(root, "one")).toBeUndefined();
});

test("no stack runs where its process is gone, and nobody is asked", async () => {
  const root = temporaryRoot();
  const { endpoint, tokens } = await listen(200);
  announce(root, "one", stackAt(endpoint, 2 ** 22 + 1));

  expect(await runningStack(root, "one")).toBeUndefined();
  expect(tokens).toEqual([]);
});

test("no stack runs where nobody listens", async () => {
  const root = temporaryRoot();
  announce(root, "one", stackAt("http://127.0.0.1:1"));

  expect(await runningStack(root, "one")).toBeUndefined();
});

test.each(["", "{", "[]", '{"pid":"1"}', '{"pid":-1,"endpoint":"x","token":"","env":{}}'])(
  "a file that no stack has written says nothing: %s",
  async (text) => {
    const root = temporaryRoot();
    fs.writeFileSync(path.join(root, ".offline/one/stack.json"), text);

    expect(await runningStack(root, "one")).toBeUndefined();
  },
);

test("a stage's secret is made once, and is its owner's alone", () => {
  const root = temporaryRoot();
  const secret = stageSecret(root, "one");
  const mode = (file: string) => fs.statSync(path.join(root, ".offline/one", file)).mode & 0o777;

  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(stageSecret(root, "one")).toBe(secret);
  expect(stageSecret(root, "two")).not.toBe(secret);
  expect([mode("secret"), mode("")]).toEqual([0o600, 0o700]);
});

test.each(["../other", "", "a/b", "-x", ".", "a b", "a\n", "a".repeat(21)])(
  "%j cannot be a stage",
  (stage) => {
    expect(() => checkStage(stage)).toThrow(expect.objectContaining({ code: "stage.invalid" }));
  },
);

test.each(["production", "a", "PR-123", "0", "a".repeat(20)])("%j can be a stage", (stage) => {
  expect(() => checkStage(stage)).not.toThrow();
});
