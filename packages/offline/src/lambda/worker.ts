import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";

import type { Build } from "./build.ts";
import type { Invocation, Outcome, RuntimeApi } from "./runtime-api.ts";

export interface WorkerOptions {
  platform: string;
  build: Build;
  env: Record<string, string>;
  /** `127.0.0.1:4599`: where the Runtime API is. */
  address: string;
  runtimeApi: RuntimeApi;
  onLine: (line: string, requestId: string | undefined) => void;
  /** The worker waits for an invocation. */
  onReady: () => void;
  /** The process is gone; what it was doing has failed already. `startError`: it never got to wait for an invocation. */
  onExit: (startError: string | undefined) => void;
}

// SST's runtime loop asks for the next invocation for ever, at full speed, when nobody answers any more.
const EXIT_WITH_PARENT =
  'data:text/javascript,process.on("disconnect",()=>process.exit(0));process.channel&&process.channel.unref()';

/** One process that runs a function, one invocation at a time: SST's own `nodejs-runtime`. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #release: () => void;
  #give: ((invocation: Invocation) => void) | undefined;
  #current:
    | { invocation: Invocation; settle: (outcome: Outcome) => void; timer: NodeJS.Timeout }
    | undefined;
  #initError: string | undefined;
  #started = false;
  #exited = false;

  constructor(options: WorkerOptions) {
    const registered = options.runtimeApi.register({
      ready: (give) => {
        this.#give = give;
        this.#started = true;
        options.onReady();
      },
      done: (requestId, outcome) => {
        if (this.#current?.invocation.requestId === requestId) this.#settle(outcome);
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
        EXIT_WITH_PARENT,
        path.join(options.platform, "dist", "nodejs-runtime", "index.js"),
        path.join(options.build.out, options.build.handler),
      ],
      {
        cwd: options.build.out,
        env: { ...options.env, AWS_LAMBDA_RUNTIME_API: `${options.address}${registered.path}` },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) =>
        options.onLine(line, this.#current?.invocation.requestId),
      );
    }
    const ended = (how: string) => {
      if (this.#exited) return;
      this.#exited = true;
      this.#release();
      this.#give = undefined;
      const error = this.#initError ?? how;
      this.#settle({ ok: false, error });
      options.onExit(this.#started ? undefined : error);
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
    this.#child.kill("SIGKILL");
  }

  #settle(outcome: Outcome): void {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    clearTimeout(current.timer);
    current.settle(outcome);
  }
}
