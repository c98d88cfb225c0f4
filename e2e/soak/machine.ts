import { execFile } from "node:child_process";
import { promisify } from "node:util";

import {
  control,
  type Stack,
  type StackEvent,
  startStack,
  type Status,
  statusOf,
} from "../stack.ts";

const run = promisify(execFile);

/** The offline stack of a soak: one that is killed now and then, and started again where it was. */
export class Machine {
  readonly stage: string;
  readonly #onEvent: (event: StackEvent) => void;
  #stack: Stack;
  #up: Promise<void> = Promise.resolve();
  /** It is being ended, so that its end is no surprise. */
  #ending = false;
  #crashes = 0;
  #peakBytes = 0;
  #faultsBefore: Readonly<Record<string, number>> = {};
  readonly #sampler: NodeJS.Timeout;

  private constructor(stage: string, stack: Stack, onEvent: (event: StackEvent) => void) {
    this.stage = stage;
    this.#stack = stack;
    this.#onEvent = onEvent;
    this.#sampler = setInterval(() => void this.#sample(), 1000);
    this.#sampler.unref();
    void this.#watch(stack);
  }

  static async start(stage: string, onEvent: (event: StackEvent) => void): Promise<Machine> {
    return new Machine(stage, await startStack({ stage, onEvent }), onEvent);
  }

  get env(): Readonly<Record<string, string>> {
    return this.#stack.env;
  }

  get crashes(): number {
    return this.#crashes;
  }

  /** The most memory that the stack's process was seen to hold. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Resolves when it runs: at once, or after a crash when it is back. Rejects if it ended by itself. */
  up(): Promise<void> {
    return this.#up;
  }

  /** A control command. Throws while it is down. */
  control(name: string, input?: unknown): Promise<unknown> {
    return control(this.#stack, name, input);
  }

  status(): Promise<Status> {
    return statusOf(this.#stack);
  }

  /** How many events are between S3 and the function: to be sent, waiting, being processed, or held back. */
  async underWay(eventsUrl: string): Promise<number> {
    const { pendingNotifications, queues } = await this.status();
    const { visible, inFlight, delayed } = queueOf(queues, eventsUrl);
    return pendingNotifications + visible + inFlight + delayed;
  }

  /** How many dead letters there are. */
  async dead(deadUrl: string): Promise<number> {
    const { visible, inFlight } = queueOf((await this.status()).queues, deadUrl);
    return visible + inFlight;
  }

  /** How many faults of each sort were met; those between a look and a crash are not known. */
  async faults(): Promise<Record<string, number>> {
    const sum = { ...this.#faultsBefore };
    for (const [kind, count] of Object.entries((await this.status()).faults)) {
      sum[kind] = (sum[kind] ?? 0) + count;
    }
    return sum;
  }

  /** SIGKILL, in the middle of everything; then starts it at the same address, and `prepare`s it before others go on. */
  async crash(prepare: () => Promise<void>): Promise<void> {
    this.#crashes += 1;
    const back = this.#restart(prepare);
    this.#up = back;
    await back;
  }

  async #restart(prepare: () => Promise<void>): Promise<void> {
    const port = Number(new URL(this.#stack.endpoint).port);
    this.#faultsBefore = await this.faults();
    this.#ending = true;
    await this.#stack.kill();
    this.#stack = await startStack({ stage: this.stage, port, onEvent: this.#onEvent });
    this.#ending = false;
    void this.#watch(this.#stack);
    await prepare();
  }

  async stop(): Promise<void> {
    clearInterval(this.#sampler);
    this.#ending = true;
    await this.#stack.stop();
  }

  /** Tells whoever waits for it, if it ends without having been told to. */
  async #watch(stack: Stack): Promise<void> {
    await stack.ended;
    if (this.#ending) return;
    this.#up = Promise.reject(new Error(`the stack of ${this.stage} ended by itself`));
    this.#up.catch(() => undefined); // nobody may be waiting
  }

  async #sample(): Promise<void> {
    try {
      const { stdout } = await run("ps", ["-o", "rss=", "-p", String(this.#stack.pid)]);
      this.#peakBytes = Math.max(this.#peakBytes, Number(stdout.trim()) * 1024);
    } catch {
      // It was killed a moment ago: there is nothing to measure.
    }
  }
}

function queueOf(queues: Status["queues"], url: string): Status["queues"][number] {
  const queue = queues.find(({ name }) => url.endsWith(`/${name}`));
  if (!queue) throw new Error(`the stack has no queue ${url}`);
  return queue;
}
