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

/** What goes wrong for a while. */
interface Weather {
  readonly rules: readonly FaultRule[];
  readonly notifications: { duplicate: number; reorder: number; delaySeconds: number };
}

const READ = { service: "s3", operation: "HeadObject" } as const;
const WRITE = { service: "dynamodb", operation: "UpdateItem" } as const;
const QUEUE = { service: "sqs" } as const;
const UNRULY = { duplicate: 0.1, reorder: 0.2, delaySeconds: 3 };

const WEATHERS: readonly Weather[] = [
  {
    rules: [
      { ...READ, kind: "throttle", rate: 0.1 },
      { ...WRITE, kind: "throttle", rate: 0.1 },
      { ...QUEUE, kind: "throttle", rate: 0.01 },
    ],
    notifications: UNRULY,
  },
  {
    rules: [
      { ...READ, kind: "error", rate: 0.2 },
      { ...WRITE, kind: "error", rate: 0.2 },
      { ...QUEUE, kind: "error", rate: 0.01 },
    ],
    notifications: UNRULY,
  },
  {
    rules: [
      { ...READ, kind: "reset", rate: 0.2 },
      { ...WRITE, kind: "lost", rate: 0.2 },
      { ...QUEUE, kind: "lost", rate: 0.01 },
    ],
    notifications: UNRULY,
  },
  // Each costs the patience of an SDK client, which is seconds.
  {
    rules: [
      { ...READ, kind: "timeout", rate: 0.01, times: 2 },
      { ...WRITE, kind: "timeout", rate: 0.01, times: 2 },
    ],
    notifications: UNRULY,
  },
  { rules: [], notifications: { duplicate: 0.5, reorder: 0.5, delaySeconds: 2 } },
];

/** Besides, for a few keys nothing gets through for a long while, so that their events end as dead letters. */
const OUTAGE: readonly FaultRule[] = [
  { ...READ, kind: "error", rate: 1, match: "soak/3/file-1" },
  { ...WRITE, kind: "error", rate: 1, match: "soak/3/file-1" },
];

/** A message that nobody deletes comes back after so long, instead of after six minutes. */
const VISIBILITY_SECONDS = 12;

/** What is done to the stack, by how far the traffic has come: the same share of any soak. */
export class Chaos {
  readonly #machine: Machine;
  readonly #random: Random;
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;
  readonly #total: number;
  /** What is still to be done, soonest last. */
  readonly #plan: { at: number; act: () => Promise<void> }[];
  #weather: Weather | undefined;
  #outage = false;
  #acting: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #kills = 0;

  constructor(options: {
    machine: Machine;
    random: Random;
    sqs: SQSClient;
    queueUrl: string;
    /** Events that the traffic will have at its end. */
    total: number;
    /** Nothing is to be done. */
    calm: boolean;
  }) {
    this.#machine = options.machine;
    this.#random = options.random;
    this.#sqs = options.sqs;
    this.#queueUrl = options.queueUrl;
    this.#total = options.total;
    const plan = options.calm ? [] : this.#makePlan();
    this.#plan = plan.toSorted((a, b) => b.at - a.at);
  }

  /** Workers that were killed; the stack's own deaths are counted by the machine. */
  get kills(): number {
    return this.#kills;
  }

  /** To be called whenever the traffic has come further. Throws if something could not be done. */
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

  /** Sees to it that the queue's patience fits a soak. */
  async prepare(): Promise<void> {
    await this.#sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: this.#queueUrl,
        Attributes: { VisibilityTimeout: String(VISIBILITY_SECONDS) },
      }),
    );
    await this.#apply();
  }

  /** Does what is left to be done, and then ends all faults. */
  async end(): Promise<void> {
    await this.#acting;
    while (this.#plan.length > 0) await this.#next();
    if (this.#failure) throw this.#failure.error;
    this.#outage = false;
    await this.#change(undefined);
  }

  async #next(): Promise<void> {
    await this.#plan.pop()?.act();
  }

  #makePlan() {
    const at = (share: number) => Math.floor(share * this.#total);
    const weathers = Math.max(WEATHERS.length, Math.floor(this.#total / 1000));
    const plan = this.#random
      .shuffle(Array.from({ length: weathers }, (_, index) => WEATHERS[index % WEATHERS.length]))
      .map((weather, index) => ({
        at: at(index / weathers),
        act: () => this.#change(weather),
      }));
    // From the least soak to the greatest: about ten to a hundred workers, one to three stacks.
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

  #change(weather: Weather | undefined): Promise<void> {
    this.#weather = weather;
    return this.#apply();
  }

  #setOutage(outage: boolean): Promise<void> {
    this.#outage = outage;
    return this.#apply();
  }

  async #apply(): Promise<void> {
    await this.#machine.control("faults", {
      rules: [...(this.#outage ? OUTAGE : []), ...(this.#weather?.rules ?? [])],
      ...(this.#weather ? { notifications: this.#weather.notifications } : {}),
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
