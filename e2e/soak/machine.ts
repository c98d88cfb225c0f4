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

/** The offline stack of a soak, which is killed several times and restarted at the same address. */
export class Machine {
  readonly stage: string;
  readonly #onEvent: (event: StackEvent) => void;
  #stack: Stack;
  #up: Promise<void> = Promise.resolve();
  /** The soak itself is ending the stack. */
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

  /** The highest resident memory that was measured for the process of the stack. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Resolves when the stack runs. Rejects if the stack ended without being killed by the soak. */
  up(): Promise<void> {
    return this.#up;
  }

  /** Sends a control command. Throws while the stack is down. */
  control(name: string, input?: unknown): Promise<unknown> {
    return control(this.#stack, name, input);
  }

  status(): Promise<Status> {
    return statusOf(this.#stack);
  }

  /** Returns the number of events that S3 has yet to send, or that are in the queue. */
  async unprocessed(eventsUrl: string): Promise<number> {
    const { pendingNotifications, queues } = await this.status();
    const { visible, inFlight, delayed } = queueOf(queues, eventsUrl);
    return pendingNotifications + visible + inFlight + delayed;
  }

  /** Returns the number of dead letters. */
  async dead(deadUrl: string): Promise<number> {
    const { visible, inFlight } = queueOf((await this.status()).queues, deadUrl);
    return visible + inFlight;
  }

  /** Returns the number of injected faults by kind, without those between the last reading and a crash. */
  async faults(): Promise<Record<string, number>> {
    const sum = { ...this.#faultsBefore };
    for (const [kind, count] of Object.entries((await this.status()).faults)) {
      sum[kind] = (sum[kind] ?? 0) + count;
    }
    return sum;
  }

  /** Ends the stack with SIGKILL, restarts it at the same address, and runs `prepare` before `up` resolves. */
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

  /** Makes `up` reject if the stack ends without being killed by the soak. */
  async #watch(stack: Stack): Promise<void> {
    await stack.ended;
    if (this.#ending) return;
    this.#up = Promise.reject(new Error(`the stack of ${this.stage} ended unexpectedly`));
    this.#up.catch(() => undefined); // otherwise an unhandled rejection while nothing awaits `up`
  }

  async #sample(): Promise<void> {
    try {
      const { stdout } = await run("ps", ["-o", "rss=", "-p", String(this.#stack.pid)]);
      this.#peakBytes = Math.max(this.#peakBytes, Number(stdout.trim()) * 1024);
    } catch {
      // The process has just been killed.
    }
  }
}

function queueOf(queues: Status["queues"], url: string): Status["queues"][number] {
  const queue = queues.find(({ name }) => url.endsWith(`/${name}`));
  if (!queue) throw new Error(`the stack has no queue with the URL ${url}`);
  return queue;
}
