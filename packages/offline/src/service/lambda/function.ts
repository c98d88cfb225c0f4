import { randomUUID } from "node:crypto";

import type { Build } from "./build.ts";
import { INIT_SECONDS } from "./limits.ts";
import type { Invocation, Outcome, RuntimeApi } from "./runtime-api.ts";
import { Worker } from "./worker.ts";

/** What a function needs to run. */
export interface FunctionSettings {
  name: string;
  arn: string;
  timeoutSeconds: number;
  /** The environment variables of the function. It has no others. */
  env: Record<string, string>;
  /** Maximum number of invocations that run at the same time. Further ones wait. */
  concurrency: number;
}

/** What functions share. */
export interface FunctionHost {
  /** The folder of SST's platform. */
  platform: string;
  /** The host and port of the Runtime API. */
  address: string;
  runtimeApi: RuntimeApi;
  /** Called for each line that a function prints. */
  onLine: (line: string, requestId: string | undefined) => void;
  /** Called after a failed invocation with the stack trace of the error, or the reason. */
  onFailure: (error: string) => void;
}

interface Waiting {
  invocation: Invocation;
  settle: (outcome: Outcome) => void;
}

const STOPPING: Outcome = { ok: false, error: "the stack is stopping" };

/** A running function: a pool of workers that start on demand and end when they are idle. */
export class LambdaFunction {
  readonly settings: FunctionSettings;
  readonly #host: FunctionHost;
  readonly #build: Build;
  readonly #waiting: Waiting[] = [];
  /** Workers of the current build. */
  #workers = new Set<Worker>();
  /** Workers of earlier builds, which finish their invocations. */
  #retired = new Set<Worker>();
  #closed = false;

  constructor(settings: FunctionSettings, build: Build, host: FunctionHost) {
    this.settings = settings;
    this.#build = build;
    this.#host = host;
  }

  /**
   * Runs the handler with a JSON event. Never rejects: an error, a crash or a timeout is an
   * outcome.
   */
  invoke(payload: string, requestId: string = randomUUID()): Promise<Outcome> {
    if (this.#closed) return Promise.resolve(STOPPING);
    return new Promise((settle) => {
      const invocation = {
        requestId,
        functionArn: this.settings.arn,
        logGroup: this.settings.env["AWS_LAMBDA_LOG_GROUP_NAME"] ?? "",
        payload,
        deadline: 0,
      };
      this.#waiting.push({ invocation, settle });
      this.#pump();
    });
  }

  /** Reports a problem of this function. */
  report(problem: string): void {
    this.#host.onFailure(problem);
  }

  /**
   * Uses the current build for new invocations. Running ones finish with the build of their start.
   */
  reload(): void {
    for (const worker of this.#workers) {
      this.#retired.add(worker);
      if (!worker.busy) worker.kill();
    }
    this.#workers = new Set();
    this.#pump();
  }

  /** Kills all workers, or one, which is busy if any is. Returns how many were killed. */
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
    this.#finish(settle, await worker.run(invocation));
    if (this.#retired.has(worker)) worker.kill();
  }

  #finish(settle: (outcome: Outcome) => void, outcome: Outcome): void {
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
      onExit: (startError) => this.#exited(worker, startError),
    });
    this.#workers.add(worker);
  }

  #exited(worker: Worker, startError: string | undefined): void {
    this.#retired.delete(worker);
    this.#workers.delete(worker);
    if (this.#closed) return;
    // As on Lambda, code that cannot be loaded fails its invocations. Otherwise, workers would be
    // started without end.
    if (startError !== undefined) {
      for (const { settle } of this.#waiting.splice(0))
        this.#finish(settle, { ok: false, error: startError });
    }
    this.#pump();
  }
}
