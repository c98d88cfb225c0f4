import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import * as z from "zod/mini";

const root = path.resolve(import.meta.dirname, "..");

/** Where the control commands of a running stack are, and what opens them. */
export interface StackAddress {
  readonly endpoint: string;
  readonly token: string;
}

export interface StackOptions {
  readonly stage: string;
  /** 0, which is the default, takes any that is free. */
  readonly port?: number;
  /** Without polling, messages stay in their queues. */
  readonly polling?: boolean;
  readonly onEvent?: (event: StackEvent) => void;
}

/** An offline stack in a process of its own. */
export interface Stack extends StackAddress {
  readonly pid: number;
  /** What `sst shell` would set, and where the services are. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when its process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL, in the middle of whatever it is doing. */
  kill(): Promise<void>;
}

const Event = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("ready"),
    endpoint: z.string(),
    token: z.string(),
    env: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal("log"), fn: z.string(), line: z.string() }),
  z.object({ type: z.literal("rebuilt"), fn: z.string() }),
  z.object({ type: z.literal("problem"), message: z.string() }),
]);
/** What a stack prints while it runs. */
export type StackEvent = z.output<typeof Event>;

const command = (...args: string[]) => [
  "--disable-warning=ExperimentalWarning",
  path.join(root, "packages/offline/src/main.ts"),
  ...args,
];

/** Starts the offline stack of a stage as any program would, and waits until it is ready. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { stage, port = 0, polling = true, onEvent } = options;
  const child = spawn(
    process.execPath,
    command(
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
    const { data: event } = Event.safeParse(JSON.parse(line));
    if (event === undefined) return; // of a sort that nobody here waits for
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

/** Deletes all that a stage has kept; it must not run. */
export async function removeStage(stage: string): Promise<void> {
  const child = spawn(process.execPath, command("remove", "--stage", stage), {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the stage ${stage} cannot be removed`);
}

const Graph = z.object({
  resources: z.array(
    z.object({ type: z.string(), name: z.string(), state: z.record(z.string(), z.unknown()) }),
  ),
});
const Lambda = z.object({ name: z.string(), role: z.string() });
const Role = z.object({
  arn: z.string(),
  inlinePolicies: z.array(z.object({ policy: z.string() })),
});
const Policy = z.object({
  Statement: z.array(z.object({ Action: z.union([z.string(), z.array(z.string())]) })),
});

/** Every action in the policies of a stage's functions, as `ingest s3:GetObject`, by the last part of the function's name. */
export async function grantsOf(stage: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    command("synth", "--json", "--stage", stage),
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  const { resources } = Graph.parse(JSON.parse(stdout));
  const of = (type: string) =>
    resources.filter((resource) => resource.type === type).map(({ state }) => state);
  const roles = of("aws:iam/role:Role").map((role) => Role.parse(role));
  return of("aws:lambda/function:Function").flatMap((state) => {
    const { name, role } = Lambda.parse(state);
    const policies = roles.find(({ arn }) => arn === role)?.inlinePolicies ?? [];
    const statements = policies.flatMap(({ policy }) => Policy.parse(JSON.parse(policy)).Statement);
    return statements.flatMap(({ Action }) =>
      [Action].flat().map((action) => `${name.split("-").at(-1)} ${action}`),
    );
  });
}

/** A stack answered that it does not do what it was told. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** Sends a control command to a running stack. Throws if it does not answer, and `Refused` if it does not obey. */
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
  if (!response.ok) throw new Refused(`${name}: ${response.status} ${body}`);
  return JSON.parse(body);
}

const Status = z.object({
  pendingNotifications: z.number(),
  queues: z.array(
    z.object({
      name: z.string(),
      visible: z.number(),
      inFlight: z.number(),
      delayed: z.number(),
    }),
  ),
  mappings: z.array(z.object({ failures: z.number() })),
  faults: z.record(z.string(), z.number()),
});
/** What a stack says of itself: what is under way, and what it has disturbed. */
export type Status = z.output<typeof Status>;

export const statusOf = async (stack: StackAddress): Promise<Status> =>
  Status.parse(await control(stack, "status"));
