import { setTimeout as delay } from "node:timers/promises";
import type { Deliver } from "../context.ts";
import type { OutboxMessage } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";

const CONCURRENCY = 32;
/** The most messages of one queue in memory. */
const WINDOW = 1024;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 5_000;
const CLOSE_MS = 2_000;

/**
 * Delivers the messages in the outbox. Queues are independent. Messages of one key are delivered in
 * order, those of different keys concurrently. A message is deleted after its delivery, so a crash
 * in between delivers it again.
 */
export class Deliverer {
  readonly #store: Store;
  readonly #deliver: Deliver;
  readonly #drains = new Map<string, QueueDrain>();
  readonly #stop = new AbortController();
  #delivered: number[] = [];
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(store: Store, deliver: Deliver) {
    this.#store = store;
    this.#deliver = deliver;
    store.onOutbox = (added) => this.#offer(added);
  }

  /** Resumes the deliveries that an earlier process left. */
  start(): void {
    for (const queueArn of this.#store.outbox.queues()) this.#drain(queueArn).resume();
  }

  #offer(added: readonly OutboxMessage[]): void {
    if (this.#stop.signal.aborted) return;
    for (const message of added) this.#drain(message.queueArn).offer(message);
  }

  #drain(queueArn: string): QueueDrain {
    const existing = this.#drains.get(queueArn);
    if (existing) return existing;
    const drain = new QueueDrain({
      load: (after, limit) => this.#store.outbox.after(queueArn, after, limit),
      deliver: (message) => this.#deliver(message.queueArn, message.body),
      delivered: (id) => this.#remove(id),
      signal: this.#stop.signal,
    });
    this.#drains.set(queueArn, drain);
    return drain;
  }

  settled(): Promise<void> {
    if (this.#store.outbox.pending === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Waits briefly for running deliveries. The next start delivers the rest. */
  async close(): Promise<void> {
    this.#stop.abort();
    const busy = [...this.#drains.values()].map((drain) => drain.idle());
    const waited = new AbortController();
    const limit = delay(CLOSE_MS, undefined, { signal: waited.signal }).catch(ignoreAbort);
    await Promise.race([Promise.all(busy), limit]);
    waited.abort();
    this.#flush();
    this.#closed = true;
  }

  /** Deletes delivered messages in batches: one transaction per turn of the event loop. */
  #remove(id: number): void {
    if (this.#closed) return;
    this.#delivered.push(id);
    if (this.#delivered.length > 1) return;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const ids = this.#delivered;
    if (ids.length === 0) return;
    this.#delivered = [];
    this.#store.write(() => this.#store.outbox.delete(ids));
    if (this.#store.outbox.pending > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

interface DrainOptions {
  load(after: number, limit: number): OutboxMessage[];
  deliver(message: OutboxMessage): Promise<void>;
  delivered(id: number): void;
  readonly signal: AbortSignal;
}

/** Delivers the messages of one queue. A lane is the messages of one key, in order. */
class QueueDrain {
  readonly #options: DrainOptions;
  /** The pending messages of each lane. The first one may be under way. */
  readonly #lanes = new Map<string, OutboxMessage[]>();
  /** Lanes whose first message can be sent now. */
  readonly #ready: string[] = [];
  #last = 0;
  #held = 0;
  #busy = 0;
  /** Whether the outbox has messages that are not in memory. */
  #more = false;
  #idle: (() => void)[] = [];

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  resume(): void {
    this.#more = true;
    this.#fill();
    this.#start();
  }

  /** Accepts a new message, or leaves it in the outbox while the window is full. */
  offer(message: OutboxMessage): void {
    if (this.#more || this.#held >= WINDOW) this.#more = true;
    else this.#hold(message);
    this.#start();
  }

  idle(): Promise<void> {
    if (this.#busy === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  #fill(): void {
    if (!this.#more || this.#held > WINDOW / 2) return;
    const messages = this.#options.load(this.#last, WINDOW - this.#held);
    this.#more = messages.length === WINDOW - this.#held;
    for (const message of messages) this.#hold(message);
  }

  #hold(message: OutboxMessage): void {
    this.#last = message.id;
    this.#held += 1;
    const lane = this.#lanes.get(message.lane);
    if (lane) lane.push(message);
    else {
      this.#lanes.set(message.lane, [message]);
      this.#ready.push(message.lane);
    }
  }

  #start(): void {
    while (this.#busy < CONCURRENCY && !this.#options.signal.aborted) {
      const name = this.#ready.shift();
      if (name === undefined) return;
      const message = this.#lanes.get(name)?.[0];
      if (!message) continue;
      this.#busy += 1;
      void this.#send(message, FIRST_RETRY_MS);
    }
  }

  async #send(message: OutboxMessage, retryMs: number): Promise<void> {
    let failed = false;
    try {
      await this.#options.deliver(message);
    } catch {
      // The queue is not available. The message stays in the outbox and is retried until it is delivered.
      failed = true;
    }
    this.#busy -= 1;
    if (failed) void this.#retry(message, retryMs);
    else this.#done(message);
    if (this.#busy === 0) {
      const idle = this.#idle;
      this.#idle = [];
      for (const resolve of idle) resolve();
    }
    this.#start();
  }

  #done(message: OutboxMessage): void {
    this.#held -= 1;
    this.#options.delivered(message.id);
    const lane = this.#lanes.get(message.lane);
    lane?.shift();
    if (lane && lane.length > 0) this.#ready.push(message.lane);
    else this.#lanes.delete(message.lane);
    if (!this.#options.signal.aborted) this.#fill();
  }

  /** Sends a message again after a delay. Meanwhile, other lanes can use its slot. */
  async #retry(message: OutboxMessage, afterMs: number): Promise<void> {
    await delay(afterMs, undefined, { signal: this.#options.signal, ref: false }).catch(
      ignoreAbort,
    );
    if (this.#options.signal.aborted) return;
    this.#busy += 1;
    await this.#send(message, Math.min(afterMs * 2, LAST_RETRY_MS));
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
}
