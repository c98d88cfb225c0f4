import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";

import type { Build } from "./build.ts";
import { killWithParent } from "../../ground/process.ts";
import { eachLine } from "../../ground/lines.ts";
import { IDLE_SECONDS } from "./limits.ts";
import type { Invocation, Outcome, RuntimeApi } from "./runtime-api.ts";

export interface WorkerOptions {
  /** The folder of SST's platform. */
  platform: string;
  build: Build;
  env: Record<string, string>;
  /** Maximum time for loading the handler. */
  initSeconds: number;
  /** The host and port of the Runtime API: `127.0.0.1:4599`. */
  address: string;
  runtimeApi: RuntimeApi;
  onLine: (line: string, requestId: string | undefined) => void;
  /** Called when the worker is idle. */
  onReady: () => void;
  /** Called after the process has ended. `startError` is set if the handler could not be loaded. */
  onExit: (startError: string | undefined) => void;
}

// A terminal sends Ctrl-C to all processes, but the parent decides when a worker ends.
const PRELUDE = 'data:text/javascript,process.on("SIGINT",()=>{})';

/** A name as Lambda writes it. Stubs of `sst dev` use its last 32 characters as their own name. */
const newLogStream = (now: Date): string =>
  `${now.toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]${randomBytes(16).toString("hex")}`;

function commandOf({ platform, build }: WorkerOptions): [string, ...string[]] {
  if (build.program !== undefined) return [build.program];
  return [
    process.execPath,
    "--enable-source-maps",
    "--no-warnings",
    "--import",
    PRELUDE,
    path.join(platform, "dist", "nodejs-runtime", "index.js"),
    path.join(build.out, build.handler),
  ];
}

/** A process that runs one invocation at a time, in SST's `nodejs-runtime`. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #release: () => void;
  readonly #logStream = newLogStream(new Date());
  /** Sends an invocation to the runtime, if it waits for one. */
  #send: ((invocation: Invocation & { logStream: string }) => void) | undefined;
  #current:
    | { invocation: Invocation; settle: (outcome: Outcome) => void; timer: NodeJS.Timeout }
    | undefined;
  /** The request of the output. Output can be read after the response to its request. */
  #latestId: string | undefined;
  #initError: string | undefined;
  #started = false;
  #killed = false;
  #exited = false;
  /**
   * Ends the process if the handler is not loaded in time, and later if the worker is idle for
   * long.
   */
  #timer: NodeJS.Timeout;

  constructor(options: WorkerOptions) {
    const registered = options.runtimeApi.register({
      ready: (send) => {
        this.#send = send;
        this.#started = true;
        this.#endAfter(IDLE_SECONDS);
        options.onReady();
      },
      done: (requestId, outcome) => {
        if (this.#current?.invocation.requestId === requestId) this.#settle(outcome);
        // An error after the response, such as an unhandled rejection.
        else if (!outcome.ok) options.onLine(outcome.error, requestId);
      },
      initFailed: (error) => {
        this.#initError = error;
      },
    });
    this.#release = () => registered.release();
    const [command, ...args] = commandOf(options);
    this.#child = spawn(command, args, {
      cwd: options.build.out,
      env: {
        ...options.env,
        AWS_LAMBDA_LOG_STREAM_NAME: this.#logStream,
        AWS_LAMBDA_RUNTIME_API: `${options.address}${registered.path}`,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    // Without its parent, SST's runtime would retry its request for an invocation forever, at full
    // speed.
    killWithParent(this.#child);
    this.#timer = setTimeout(() => {
      this.#initError = `the handler was not loaded within ${options.initSeconds} seconds`;
      this.#child.kill("SIGKILL");
    }, options.initSeconds * 1000);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) eachLine(stream, (line) => options.onLine(line, this.#latestId));
    }
    const ended = (reason: string) => {
      if (this.#exited) return;
      this.#exited = true;
      clearTimeout(this.#timer);
      this.#release();
      this.#send = undefined;
      const error = this.#initError ?? reason;
      this.#settle({ ok: false, error });
      options.onExit(this.#started || this.#killed ? undefined : error);
    };
    this.#child.once("error", (error) => ended(error.message));
    this.#child.once("exit", (code, signal) =>
      ended(`the runtime exited with ${signal ?? `code ${code}`}`),
    );
  }

  get idle(): boolean {
    return this.#send !== undefined && this.#current === undefined && !this.#exited;
  }

  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** Runs an invocation. When the deadline passes, the result is an error and the process ends. */
  run(invocation: Invocation): Promise<Outcome> {
    const send = this.#send;
    if (!send || this.#current) throw new Error("a worker runs one invocation at a time");
    this.#send = undefined;
    this.#latestId = invocation.requestId;
    clearTimeout(this.#timer);
    return new Promise((settle) => {
      const seconds = (invocation.deadline - Date.now()) / 1000;
      const timer = setTimeout(() => {
        this.#settle({ ok: false, error: `Task timed out after ${seconds.toFixed(2)} seconds` });
        this.kill();
      }, seconds * 1000);
      this.#current = { invocation, settle, timer };
      send({ ...invocation, logStream: this.#logStream });
    });
  }

  /** Ends the process at once. Its invocation fails. */
  kill(): void {
    this.#killed = true;
    this.#send = undefined;
    this.#child.kill("SIGKILL");
  }

  #endAfter(seconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.kill(), seconds * 1000);
  }

  #settle(outcome: Outcome): void {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    clearTimeout(current.timer);
    current.settle(outcome);
  }
}
