import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";

import type { Build } from "./build.ts";
import { killWithUs } from "../../ground/process.ts";
import { eachLine } from "../../ground/lines.ts";
import { IDLE_SECONDS } from "./limits.ts";
import type { Invocation, Outcome, RuntimeApi } from "./runtime-api.ts";

export interface WorkerOptions {
  platform: string;
  build: Build;
  env: Record<string, string>;
  /** How long the handler may take to load. */
  initSeconds: number;
  /** `127.0.0.1:4599`: where the Runtime API is. */
  address: string;
  runtimeApi: RuntimeApi;
  onLine: (line: string, requestId: string | undefined) => void;
  /** The worker waits for an invocation. */
  onReady: () => void;
  /** The process is gone; what it was doing has failed already. `startError`: the handler could not be loaded. */
  onExit: (startError: string | undefined) => void;
}

// A terminal sends Ctrl-C to every process; when a worker ends is for its parent to say.
const PRELUDE = 'data:text/javascript,process.on("SIGINT",()=>{})';

/** One process that runs a function, one invocation at a time: SST's own `nodejs-runtime`. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #release: () => void;
  #give: ((invocation: Invocation) => void) | undefined;
  #current:
    | { invocation: Invocation; settle: (outcome: Outcome) => void; timer: NodeJS.Timeout }
    | undefined;
  /** What it prints belongs to this request, also what is read after the request is answered. */
  #latestId: string | undefined;
  #initError: string | undefined;
  #started = false;
  #killed = false;
  #exited = false;
  /** Ends a process that loads for too long, and later one that has had nothing to do for too long. */
  #patience: NodeJS.Timeout;

  constructor(options: WorkerOptions) {
    const registered = options.runtimeApi.register({
      ready: (give) => {
        this.#give = give;
        this.#started = true;
        this.#endAfter(IDLE_SECONDS);
        options.onReady();
      },
      done: (requestId, outcome) => {
        if (this.#current?.invocation.requestId === requestId) this.#settle(outcome);
        // Such as a rejection that nobody awaited: the invocation is over, but its author will want to know.
        else if (!outcome.ok) options.onLine(outcome.error, requestId);
      },
      initFailed: (error) => {
        this.#initError = error;
      },
    });
    this.#release = () => registered.release();
    this.#child = spawn(
      process.execPath,
      [
        "--enable-source-maps",
        "--no-warnings",
        "--import",
        PRELUDE,
        path.join(options.platform, "dist", "nodejs-runtime", "index.js"),
        path.join(options.build.out, options.build.handler),
      ],
      {
        cwd: options.build.out,
        env: { ...options.env, AWS_LAMBDA_RUNTIME_API: `${options.address}${registered.path}` },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    // SST's runtime loop asks for the next invocation for ever, at full speed, when nobody answers any more.
    killWithUs(this.#child);
    this.#patience = setTimeout(() => {
      this.#initError = `the handler was not loaded within ${options.initSeconds} seconds`;
      this.#child.kill("SIGKILL");
    }, options.initSeconds * 1000);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) eachLine(stream, (line) => options.onLine(line, this.#latestId));
    }
    const ended = (how: string) => {
      if (this.#exited) return;
      this.#exited = true;
      clearTimeout(this.#patience);
      this.#release();
      this.#give = undefined;
      const error = this.#initError ?? how;
      this.#settle({ ok: false, error });
      options.onExit(this.#started || this.#killed ? undefined : error);
    };
    this.#child.once("error", (error) => ended(error.message));
    this.#child.once("exit", (code, signal) =>
      ended(`the runtime exited with ${signal ?? `code ${code}`}`),
    );
  }

  get idle(): boolean {
    return this.#give !== undefined && this.#current === undefined && !this.#exited;
  }

  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** Runs one invocation; settles with an error, and ends the process, when the deadline passes. */
  run(invocation: Invocation): Promise<Outcome> {
    const give = this.#give;
    if (!give || this.#current) throw new Error("a worker runs one invocation at a time");
    this.#give = undefined;
    this.#latestId = invocation.requestId;
    clearTimeout(this.#patience);
    return new Promise((settle) => {
      const seconds = (invocation.deadline - Date.now()) / 1000;
      const timer = setTimeout(() => {
        this.#settle({ ok: false, error: `Task timed out after ${seconds.toFixed(2)} seconds` });
        this.kill();
      }, seconds * 1000);
      this.#current = { invocation, settle, timer };
      give(invocation);
    });
  }

  /** Ends the process at once, as a machine that fails would. */
  kill(): void {
    this.#killed = true;
    this.#give = undefined;
    this.#child.kill("SIGKILL");
  }

  #endAfter(seconds: number): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.kill(), seconds * 1000);
  }

  #settle(outcome: Outcome): void {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    clearTimeout(current.timer);
    current.settle(outcome);
  }
}
