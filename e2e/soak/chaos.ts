import { SetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";

import * as z from "zod/mini";

import type { Random } from "../random.ts";
import type { Machine } from "./machine.ts";

const Killed = z.object({ killed: z.number() });

interface FaultRule {
  readonly service: "s3" | "dynamodb" | "sqs";
  readonly operation?: string;
  readonly kind: "throttle" | "error" | "timeout" | "reset" | "lost";
  readonly rate: number;
  readonly match?: string;
  readonly times?: number;
}

/** The faults of one phase of a soak. */
interface Phase {
  readonly rules: readonly FaultRule[];
  readonly notifications: { duplicate: number; reorder: number; delaySeconds: number };
}

const READ = { service: "s3", operation: "HeadObject" } as const;
const WRITE = { service: "dynamodb", operation: "UpdateItem" } as const;
const QUEUE = { service: "sqs" } as const;
const NOTIFICATION_FAULTS = { duplicate: 0.1, reorder: 0.2, delaySeconds: 3 };

const NO_FAULTS = { duplicate: 0, reorder: 0, delaySeconds: 1 };

const PHASES: readonly Phase[] = [
  {
    rules: [
      { ...READ, kind: "throttle", rate: 0.1 },
      { ...WRITE, kind: "throttle", rate: 0.1 },
      { ...QUEUE, kind: "throttle", rate: 0.01 },
    ],
    notifications: NOTIFICATION_FAULTS,
  },
  {
    rules: [
      { ...READ, kind: "error", rate: 0.2 },
      { ...WRITE, kind: "error", rate: 0.2 },
      { ...QUEUE, kind: "error", rate: 0.01 },
    ],
    notifications: NOTIFICATION_FAULTS,
  },
  {
    rules: [
      { ...READ, kind: "reset", rate: 0.2 },
      { ...WRITE, kind: "lost", rate: 0.2 },
      { ...QUEUE, kind: "lost", rate: 0.01 },
    ],
    notifications: NOTIFICATION_FAULTS,
  },
  // Few: an SDK client waits seconds for each.
  {
    rules: [
      { ...READ, kind: "timeout", rate: 0.01, times: 2 },
      { ...WRITE, kind: "timeout", rate: 0.01, times: 2 },
    ],
    notifications: NOTIFICATION_FAULTS,
  },
  { rules: [], notifications: { duplicate: 0.5, reorder: 0.5, delaySeconds: 2 } },
];

/** Every request for a few keys fails for most of the soak, so that their events become dead letters. */
const OUTAGE: readonly FaultRule[] = [
  { ...READ, kind: "error", rate: 1, match: "soak/3/file-1" },
  { ...WRITE, kind: "error", rate: 1, match: "soak/3/file-1" },
];

/** Instead of six minutes, so that the messages of a killed worker return during the soak. */
const VISIBILITY_SECONDS = 12;

/** Injects faults and kills processes at fixed shares of the traffic. */
export class Chaos {
  readonly #machine: Machine;
  readonly #random: Random;
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;
  readonly #total: number;
  readonly #lose: number;
  #ended = false;
  /** The remaining actions, the next one last. */
  readonly #plan: { at: number; act: () => Promise<void> }[];
  #phase: Phase | undefined;
  #outage = false;
  #acting: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #kills = 0;

  constructor(options: {
    machine: Machine;
    random: Random;
    sqs: SQSClient;
    queueUrl: string;
    /** The number of events of the whole traffic. */
    total: number;
    /** Plan no action. */
    calm: boolean;
    /** The share of all events that is lost. */
    lose: number;
  }) {
    this.#machine = options.machine;
    this.#random = options.random;
    this.#sqs = options.sqs;
    this.#queueUrl = options.queueUrl;
    this.#total = options.total;
    this.#lose = options.lose;
    const plan = options.calm ? [] : this.#makePlan();
    this.#plan = plan.toSorted((a, b) => b.at - a.at);
  }

  /** The number of killed workers. `Machine` counts the kills of the stack. */
  get kills(): number {
    return this.#kills;
  }

  /** Starts the next action if it is due. Throws the error of an earlier action. */
  advance(events: number): void {
    if (this.#failure) throw this.#failure.error;
    if (this.#acting || events < (this.#plan.at(-1)?.at ?? Infinity)) return;
    this.#acting = this.#next()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#acting = undefined;
      });
  }

  /** Sets the visibility timeout of the queue, and applies the current faults. */
  async prepare(): Promise<void> {
    await this.#sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: this.#queueUrl,
        Attributes: { VisibilityTimeout: String(VISIBILITY_SECONDS) },
      }),
    );
    await this.#apply();
  }

  /** Runs the remaining actions, and then ends all faults. */
  async end(): Promise<void> {
    await this.#acting;
    while (this.#plan.length > 0) await this.#next();
    if (this.#failure) throw this.#failure.error;
    this.#outage = false;
    this.#ended = true;
    await this.#change(undefined);
  }

  async #next(): Promise<void> {
    await this.#plan.pop()?.act();
  }

  #makePlan() {
    const at = (share: number) => Math.floor(share * this.#total);
    const phases = Math.max(PHASES.length, Math.floor(this.#total / 1000));
    const plan = this.#random
      .shuffle(Array.from({ length: phases }, (_, index) => PHASES[index % PHASES.length]))
      .map((phase, index) => ({
        at: at(index / phases),
        act: () => this.#change(phase),
      }));
    // 10 to 100 workers and 1 to 3 stacks, by the length of the soak.
    const workers = Math.min(100, Math.max(10, Math.floor(this.#total / 250)));
    for (let kill = 0; kill < workers; kill++) {
      plan.push({ at: at(this.#random.next()), act: () => this.#killWorker() });
    }
    const crashes = this.#total >= 10_000 ? [0.25, 0.5, 0.75] : [0.5];
    for (const share of crashes) plan.push({ at: at(share), act: () => this.#crash() });
    plan.push({ at: at(0.2), act: () => this.#setOutage(true) });
    plan.push({ at: at(0.9), act: () => this.#setOutage(false) });
    return plan;
  }

  #change(phase: Phase | undefined): Promise<void> {
    this.#phase = phase;
    return this.#apply();
  }

  #setOutage(outage: boolean): Promise<void> {
    this.#outage = outage;
    return this.#apply();
  }

  async #apply(): Promise<void> {
    await this.#machine.control("faults", {
      rules: [...(this.#outage ? OUTAGE : []), ...(this.#phase?.rules ?? [])],
      ...(this.#ended
        ? {}
        : { notifications: { ...NO_FAULTS, ...this.#phase?.notifications, drop: this.#lose } }),
      seed: this.#random.below(2 ** 31),
    });
  }

  async #killWorker(): Promise<void> {
    const { killed } = Killed.parse(await this.#machine.control("kill-workers", "one"));
    this.#kills += killed;
  }

  #crash(): Promise<void> {
    return this.#machine.crash(() => this.prepare());
  }
}
