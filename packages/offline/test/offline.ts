import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import * as z from "zod";

import { eachLine } from "../src/ground/lines.ts";

const main = path.resolve(import.meta.dirname, "../src/main.ts");

const DevEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("ready"),
    endpoint: z.string(),
    token: z.string(),
    env: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal("log"), fn: z.string(), line: z.string() }),
  z.object({ type: z.literal("rebuilt"), fn: z.string(), error: z.string().optional() }),
  z.object({ type: z.literal("denied"), action: z.string() }),
  z.object({ type: z.literal("problem"), message: z.string() }),
]);
export type DevEvent = z.output<typeof DevEvent>;
type Ready = Extract<DevEvent, { type: "ready" }>;

/** The progress that `offline dev` writes on a slow machine. */
const PROGRESS = /^Evaluating sst\.config\.ts .*\n/gm;

/** A process that runs a command of offline. */
export interface Run {
  readonly pid: number;
  /** The output so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  signal(signal: NodeJS.Signals): void;
}

/** Starts a command of offline in the folder of an app. */
export function run(root: string, args: string[], env: Record<string, string> = {}): Run {
  const { child, ended } = start(root, args, env);
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  return {
    pid: child.pid ?? 0,
    stdout: () => output.stdout,
    stderr: () => output.stderr.replaceAll(PROGRESS, ""),
    ended,
    signal: (signal) => child.kill(signal),
  };
}

/** A process that runs `offline dev --json`, and its events. */
export class Dev {
  readonly pid: number;
  readonly events: DevEvent[] = [];
  readonly ended: Promise<number | string>;
  stderr = "";
  readonly #child: ChildProcess;
  #changed = Promise.withResolvers<void>();

  private constructor(root: string, args: string[], env: Record<string, string>) {
    const { child, ended } = start(root, ["dev", "--json", "--port", "0", ...args], env);
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.ended = ended;
    if (child.stdout) eachLine(child.stdout, (line) => this.#add(DevEvent.parse(JSON.parse(line))));
    child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
  }

  /**
   * Waits until the app is ready. Throws an error with the output of a process that ends before.
   */
  static async start(
    root: string,
    args: string[] = [],
    env: Record<string, string> = {},
  ): Promise<Dev> {
    const dev = new Dev(root, args, env);
    const ended = dev.ended.then((status) => {
      throw new Error(`dev ended with ${status}: ${dev.stderr}`);
    });
    await Promise.race([dev.next("ready"), ended]);
    return dev;
  }

  /** The last event of the type `ready`. */
  get ready(): Ready {
    const ready = this.events.findLast((event) => event.type === "ready");
    if (!ready) throw new Error("not ready");
    return ready;
  }

  /** Waits for an event of this type that `fits`, and ignores the first `seen` events. */
  async next<T extends DevEvent["type"]>(
    type: T,
    fits: (event: Extract<DevEvent, { type: T }>) => boolean = () => true,
    seen = 0,
  ): Promise<Extract<DevEvent, { type: T }>> {
    for (;;) {
      const found = this.events
        .slice(seen)
        .find((event): event is Extract<DevEvent, { type: T }> => isOf(event, type) && fits(event));
      if (found) return found;
      await this.#changed.promise;
    }
  }

  /** Ends it with a signal. Returns its exit code, or the signal that ended it. */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | string> {
    this.#child.kill(signal);
    return this.ended;
  }

  #add(event: DevEvent): void {
    this.events.push(event);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

const isOf = <T extends DevEvent["type"]>(
  event: DevEvent,
  type: T,
): event is Extract<DevEvent, { type: T }> => event.type === type;

function start(root: string, args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close").then(
    ([code, signal]: (number | string | null)[]) => signal ?? code ?? "nothing",
  );
  return { child, ended };
}
