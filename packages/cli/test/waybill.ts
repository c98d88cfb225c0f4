import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";

/** The file that runs as `waybill`. */
export const main = path.resolve(import.meta.dirname, "../src/main.ts");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `waybill` with no other environment variables than PATH and `env`. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]).then(
    ([stdout, stderr]): Ended => ({ code: child.exitCode, stdout, stderr }),
  );
  return { child, ended };
}

/** Runs `waybill` until it exits. */
export const waybill = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  start(args, env).ended;

/** Bindings of a stage whose AWS services are all at `endpoint`. */
export const boundTo = (endpoint: string): Record<string, string> => ({
  SST_RESOURCE_App: JSON.stringify({ name: "waybill", stage: "test" }),
  SST_RESOURCE_Files: JSON.stringify({ name: "files" }),
  SST_RESOURCE_Catalog: JSON.stringify({ name: "catalog" }),
  SST_RESOURCE_Events: JSON.stringify({ url: `${endpoint}/000000000000/events` }),
  SST_RESOURCE_DeadEvents: JSON.stringify({ url: `${endpoint}/000000000000/dead` }),
  AWS_REGION: "us-east-1",
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
});
