import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";

import { expect, onTestFinished, test } from "vitest";

import {
  checkNotRunning,
  checkStage,
  runningStack,
  stageSecret,
  writeStackFile,
} from "../../src/stack/stage-files.ts";

function temporaryRoot(): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "stage-"));
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  fs.mkdirSync(path.join(root, ".offline/one"), { recursive: true });
  return root;
}

/**
 * A server that answers every request with this status, and records the tokens that it receives.
 */
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

test("finds a stack that accepts its token, and rejects a second stack", async () => {
  const root = temporaryRoot();
  const { endpoint, tokens } = await listen(200);
  writeStackFile(root, "one", stackAt(endpoint));

  expect(await runningStack(root, "one")).toEqual(stackAt(endpoint));
  await expect(checkNotRunning(root, "one")).rejects.toMatchObject({ code: "stage.running" });
  expect(tokens).toEqual(["t", "t"]);
});

test("finds no stack if another program on its port rejects the token", async () => {
  const root = temporaryRoot();
  writeStackFile(root, "one", stackAt((await listen(403)).endpoint));

  expect(await runningStack(root, "one")).toBeUndefined();
});

test("finds no stack if its process is gone, and sends no request", async () => {
  const root = temporaryRoot();
  const { endpoint, tokens } = await listen(200);
  writeStackFile(root, "one", stackAt(endpoint, 2 ** 22 + 1));

  expect(await runningStack(root, "one")).toBeUndefined();
  expect(tokens).toEqual([]);
});

test("finds no stack if nothing listens on its port", async () => {
  const root = temporaryRoot();
  writeStackFile(root, "one", stackAt("http://127.0.0.1:1"));

  expect(await runningStack(root, "one")).toBeUndefined();
});

test.each(["", "{", "[]", '{"pid":"1"}', '{"pid":-1,"endpoint":"x","token":"","env":{}}'])(
  "ignores a stack file that is not valid: %s",
  async (text) => {
    const root = temporaryRoot();
    fs.writeFileSync(path.join(root, ".offline/one/stack.json"), text);

    expect(await runningStack(root, "one")).toBeUndefined();
  },
);

test("creates a secret once per stage, readable only by the current user", () => {
  const root = temporaryRoot();
  const secret = stageSecret(root, "one");
  const mode = (file: string) => fs.statSync(path.join(root, ".offline/one", file)).mode & 0o777;

  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(stageSecret(root, "one")).toBe(secret);
  expect(stageSecret(root, "two")).not.toBe(secret);
  expect([mode("secret"), mode("")]).toEqual([0o600, 0o700]);
});

test.each(["../other", "", "a/b", "-x", ".", "a b", "a\n", "a".repeat(21)])(
  "rejects the stage name %j",
  (stage) => {
    expect(() => checkStage(stage)).toThrow(expect.objectContaining({ code: "stage.invalid" }));
  },
);

test.each(["production", "a", "PR-123", "0", "a".repeat(20)])(
  "accepts the stage name %j",
  (stage) => {
    expect(() => checkStage(stage)).not.toThrow();
  },
);
