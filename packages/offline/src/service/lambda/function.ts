import { randomUUID } from "node:crypto";

import type { Build } from "./build.ts";
import { INIT_SECONDS } from "./limits.ts";
import type { Invocation, Outcome, RuntimeApi } from "./runtime-api.ts";
import { Worker } from "./worker.ts";

/** A function as the graph describes it. */
export interface FunctionSettings {
  name: string;
  arn: string;
  timeoutSeconds: number;
  /** What the function finds in `process.env`. */
  env: Record<string, string>;
  /** How many invocations may run at the same time; further ones wait. */
  concurrency: number;
}

export interface FunctionHost {
  platform: string;
  address: string;
  runtimeApi: RuntimeApi;
  onLine: (line: string, requestId: string | undefined) => void;
  /** An invocation has failed: what was thrown, or how else it ended. */
  onFailure: (error: string) => void;
}

interface Waiting {
  invocation: Invocation;
  settle: (outcome: Outcome) => void;
}

const STOPPING: Outcome = { ok: false, error: "the stack stops" };

/** A function that runs: a pool of workers which start when they are needed and stop when they are idle. */
export class LambdaFunction {
  readonly settings: FunctionSettings;
  readonly #host: FunctionHost;
  readonly #build: Build;
  readonly #waiting: Waiting[] = [];
  /** Workers that run the newest build. */
  #workers = new Set<Worker>();
  #retired = new Set<Worker>();
  #closed = false;

  constructor(settings: FunctionSettings, build: Build, host: FunctionHost) {
    this.settings = settings;
    this.#build = build;
    this.#host = host;
  }

  /** Runs the handler with one JSON event. Never rejects: a crash, a timeout and a thrown error are outcomes. */
  invoke(payload: string): Promise<Outcome> {
    if (this.#closed) return Promise.resolve(STOPPING);
    return new Promise((settle) => {
      const invocation = {
        requestId: randomUUID(),
        functionArn: this.settings.arn,
        logGroup: this.settings.env["AWS_LAMBDA_LOG_GROUP_NAME"] ?? "",
        logStream: this.settings.env["AWS_LAMBDA_LOG_STREAM_NAME"] ?? "",
        payload,
        deadline: 0,
      };
      this.#waiting.push({ invocation, settle });
      this.#pump();
    });
  }

  /** Tells whoever runs the stack what is wrong with this function. */
  report(problem: string): void {
    this.#host.onFailure(problem);
  }

  /** The next invocations run the newest build; running ones end with the build they began with. */
  reload(): void {
    for (const worker of this.#workers) {
      this.#retired.add(worker);
      if (!worker.busy) worker.kill();
    }
    this.#workers = new Set();
    this.#pump();
  }

  /** Ends workers as a failing machine would. @returns how many. */
  killWorkers(which: "all" | "one" = "all"): number {
    const all = [...this.#workers, ...this.#retired];
    const busy = all.filter((worker) => worker.busy);
    const chosen = which === "all" ? all : (busy.length > 0 ? busy : all).slice(0, 1);
    for (const worker of chosen) worker.kill();
    return chosen.length;
  }

  close(): void {
    this.#closed = true;
    this.killWorkers();
    for (const { settle } of this.#waiting.splice(0)) settle(STOPPING);
  }

  #pump(): void {
    if (this.#closed) return;
    for (const worker of this.#workers) {
      const next = worker.idle ? this.#waiting.shift() : undefined;
      if (!next) continue;
      next.invocation.deadline = Date.now() + this.settings.timeoutSeconds * 1000;
      void this.#run(worker, next);
    }
    const starting = [...this.#workers].filter((worker) => !worker.idle && !worker.busy).length;
    const wanted = Math.min(
      this.#waiting.length - starting,
      this.settings.concurrency - this.#workers.size,
    );
    for (let i = 0; i < wanted; i++) this.#start();
  }

  async #run(worker: Worker, { invocation, settle }: Waiting): Promise<void> {
    this.#answer(settle, await worker.run(invocation));
    if (this.#retired.has(worker)) worker.kill();
  }

  #answer(settle: (outcome: Outcome) => void, outcome: Outcome): void {
    if (!outcome.ok && !this.#closed) this.#host.onFailure(outcome.error);
    settle(outcome);
  }

  #start(): void {
    const worker: Worker = new Worker({
      ...this.#host,
      build: this.#build,
      env: this.settings.env,
      initSeconds: INIT_SECONDS + this.settings.timeoutSeconds,
      onReady: () => this.#pump(),
      onExit: (startError) => this.#ended(worker, startError),
    });
    this.#workers.add(worker);
  }

  #ended(worker: Worker, startError: string | undefined): void {
    this.#retired.delete(worker);
    this.#workers.delete(worker);
    if (this.#closed) return;
    // Code that fails while it is loaded fails its invocations, as on Lambda, instead of starting for ever.
    if (startError !== undefined) {
      for (const { settle } of this.#waiting.splice(0))
        this.#answer(settle, { ok: false, error: startError });
    }
    this.#pump();
  }
}
