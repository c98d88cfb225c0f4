import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

import * as z from "zod/mini";

/** The folder of sst.config.ts. */
export const root = path.resolve(import.meta.dirname, "..");

/** The address of a running stack and the token that its control commands require. */
export interface StackAddress {
  readonly endpoint: string;
  readonly token: string;
}

export interface StackOptions {
  readonly stage: string;
  /** The default, 0, takes any free port. */
  readonly port?: number;
  /** Without polling, messages stay in their queues. */
  readonly polling?: boolean;
  readonly onEvent?: (event: StackEvent) => void;
}

/** An offline stack in a process of its own. */
export interface Stack extends StackAddress {
  readonly pid: number;
  /** The bindings that `sst shell` would set, and the endpoints of the services. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when the process has ended, for any reason. */
  readonly ended: Promise<void>;
  /** Ends the process with SIGTERM, which shuts the stack down in order. */
  stop(): Promise<void>;
  /** Ends the process with SIGKILL, in the middle of its work. */
  kill(): Promise<void>;
}

const StackLine = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("ready"),
    endpoint: z.string(),
    token: z.string(),
    env: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal("log"), fn: z.string(), line: z.string() }),
  z.object({ type: z.literal("denied"), caller: z.string(), action: z.string() }),
  z.object({ type: z.literal("rebuilt"), fn: z.string() }),
  z.object({ type: z.literal("problem"), message: z.string() }),
]);
/** One line of the output of `offline dev --json`. */
export type StackEvent = z.output<typeof StackLine>;

/** The arguments with which Node runs a command of `offline`. */
export const offlineCommand = (...args: string[]): string[] => [
  "--disable-warning=ExperimentalWarning",
  path.join(root, "packages/offline/src/main.ts"),
  ...args,
];

/** Starts the offline stack of a stage with `offline dev`, and waits until it is ready. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { stage, port = 0, polling = true, onEvent } = options;
  const child = spawn(
    process.execPath,
    offlineCommand(
      "dev",
      "--json",
      `--stage=${stage}`,
      `--port=${port}`,
      "--retry-seconds=0",
      ...(polling ? [] : ["--no-polling"]),
    ),
    { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit");
  const { promise, resolve, reject } =
    Promise.withResolvers<Extract<StackEvent, { env: object }>>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { data: event } = StackLine.safeParse(JSON.parse(line));
    if (event === undefined) return; // a type of event that no suite uses
    if (event.type === "ready") resolve(event);
    onEvent?.(event);
  });
  void exited.then(([code, signal]) =>
    reject(new Error(`the offline stack of ${stage} ended with ${String(signal ?? code)}`)),
  );
  const { endpoint, token, env } = await promise;
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    child.kill(signal);
    await exited;
  };
  return {
    endpoint,
    token,
    env,
    pid: child.pid ?? 0,
    ended: exited.then(() => undefined),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** Deletes the data of a stage. The stage must not run. */
export async function removeStage(stage: string): Promise<void> {
  const child = spawn(process.execPath, offlineCommand("remove", "--stage", stage), {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`could not remove the stage ${stage}: see above`);
}

/** A control command that the stack answered with an error. */
export class ControlError extends Error {
  override readonly name = "ControlError";
}

/**
 * Sends a control command to a running stack. Throws `ControlError` if the stack answers with an error,
 * and the error of `fetch` if it does not answer.
 */
export async function control(
  { endpoint, token }: StackAddress,
  name: string,
  input?: unknown,
): Promise<unknown> {
  const response = await fetch(`${endpoint}/_offline/${name}`, {
    method: "POST",
    headers: { "x-offline-token": token },
    body: input === undefined ? "" : JSON.stringify(input),
  });
  const body = await response.text();
  if (!response.ok) throw new ControlError(`${name}: ${response.status} ${body}`);
  return JSON.parse(body);
}

const StatusBody = z.object({
  pendingNotifications: z.number(),
  queues: z.array(
    z.object({
      name: z.string(),
      visible: z.number(),
      inFlight: z.number(),
      delayed: z.number(),
    }),
  ),
  faults: z.record(z.string(), z.number()),
});
/** The depth of the queues of a stack, and the number of faults that it has injected, by kind. */
export type Status = z.output<typeof StatusBody>;

export const statusOf = async (stack: StackAddress): Promise<Status> =>
  StatusBody.parse(await control(stack, "status"));
