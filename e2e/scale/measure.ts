import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";

import * as z from "zod/mini";

import { root } from "../stack.ts";

const run = promisify(execFile);

const Answer = z.object({
  summary: z.looseObject({
    complete: z.boolean(),
    objects: z.number(),
    records: z.number(),
    missing: z.number(),
    ghost: z.number(),
    different: z.number(),
    unreadable: z.number(),
    failed: z.number(),
    requests: z.looseObject({ catalog: z.looseObject({ units: z.number() }) }),
    usd: z.number(),
  }),
});

/** A command of the terminal, measured. */
export interface Measured {
  readonly code: number;
  readonly seconds: number;
  /** The highest resident memory of its process. */
  readonly peakBytes: number;
  readonly summary: z.output<typeof Answer>["summary"];
}

/** Runs `waybill verify`, `repair` or `backfill` in a process of its own. */
export async function measure(
  command: "verify" | "repair" | "backfill",
  env: Readonly<Record<string, string>>,
): Promise<Measured> {
  const main = path.join(root, "packages/cli/src/main.ts");
  const start = performance.now();
  const child = spawn(process.execPath, [main, command, "--json"], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let peakBytes = 0;
  const sampler = setInterval(() => {
    void run("ps", ["-o", "rss=", "-p", String(child.pid)]).then(
      ({ stdout }) => (peakBytes = Math.max(peakBytes, Number(stdout) * 1024)),
      () => undefined, // the process has ended
    );
  }, 250);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  clearInterval(sampler);
  const { summary } = Answer.parse(JSON.parse(output));
  return {
    code: Number(code),
    seconds: (performance.now() - start) / 1000,
    peakBytes,
    summary,
  };
}
