import * as z from "zod/mini";

import { handle } from "../handle.ts";
import type { Random } from "../random.ts";
import { receiveAll, type Scene } from "./scene.ts";

const Envelope = z.object({ Records: z.optional(z.array(z.unknown())) });
const Sequenced = z.looseObject({
  eventName: z.string(),
  s3: z.looseObject({
    object: z.looseObject({ sequencer: z.optional(z.string()) }),
  }),
});

/** The most messages that Lambda hands over at once for this queue. */
const BATCH = 10;
/** Time enough for a batch, and hardly any. */
const AMPLE_MS = 60_000;
const HURRY_MS = 8;

/**
 * Carries the messages of a queue to the function, as badly as SQS and S3 may: late, twice, shuffled,
 * several events in one message, and again where the function failed.
 */
export class Courier {
  readonly #scene: Scene;
  readonly #random: Random;
  /** Bodies that the function has yet to acknowledge. */
  #waiting: string[] = [];
  /** Bodies that it has acknowledged, any of which may come again. */
  readonly #settled: string[] = [];

  constructor(scene: Scene, random: Random) {
    this.#scene = scene;
    this.#random = random;
  }

  /** Hands over about this share of what waits; the rest is late. */
  async deliver(share: number, hurry: boolean): Promise<void> {
    await this.#collect();
    const now: string[] = [];
    const late: string[] = [];
    for (const body of this.#waiting) (this.#random.chance(share) ? now : late).push(body);
    this.#waiting = late;
    const again = this.#settled.filter(() => this.#random.chance(0.1));
    for (const batch of this.#batches([...now, ...again])) {
      await this.#hand(batch, hurry ? HURRY_MS : AMPLE_MS);
    }
  }

  /** Hands over all that waits, and some of what was settled long ago. With time enough nothing may fail. */
  async deliverAll(): Promise<void> {
    await this.#collect();
    const again = this.#settled.filter(() => this.#random.chance(0.2));
    const all = [...this.#waiting, ...again];
    this.#waiting = [];
    for (const batch of this.#batches(all)) await this.#hand(batch, AMPLE_MS);
    if (this.#waiting.length > 0) throw new Error(`failed for no reason: ${this.#waiting.join()}`);
  }

  async #collect(): Promise<void> {
    const bodies = await receiveAll(this.#scene);
    this.#waiting.push(...bodies.map((body) => dressed(body, this.#random)));
  }

  /** Some twice, in any order, some several in one message, in batches of any size. */
  #batches(bodies: readonly string[]): string[][] {
    const twice = bodies.filter(() => this.#random.chance(0.2));
    const messages = this.#random.shuffle([...bodies, ...twice]);
    const batches: string[][] = [];
    while (messages.length > 0) {
      const batch = messages.splice(0, 1 + this.#random.below(BATCH));
      batches.push(this.#random.chance(0.2) ? fanIn(batch) : batch);
    }
    return batches;
  }

  async #hand(bodies: readonly string[], remainingMs: number): Promise<void> {
    const { failed, outcomes } = await handle(bodies, remainingMs);
    // A test event has no record, and is an event all the same.
    const events = bodies.map((body) => Math.max(1, recordsOf(body).length));
    const sum = events.reduce((total, count) => total + count, 0);
    if (outcomes.length !== sum)
      throw new Error(`the log speaks of ${outcomes.length} of ${sum} events`);
    for (const [index, body] of bodies.entries()) {
      (failed.includes(index) ? this.#waiting : this.#settled).push(body);
    }
  }
}

/** The events of several messages as one, as those who gather notifications send them on. */
function fanIn(bodies: readonly string[]): string[] {
  const parsed = bodies.map((body) => ({ body, records: recordsOf(body) }));
  const gathered = parsed.flatMap(({ records }) => records);
  const others = parsed.filter(({ records }) => records.length === 0).map(({ body }) => body);
  return gathered.length === 0 ? others : [JSON.stringify({ Records: gathered }), ...others];
}

const recordsOf = (body: string): readonly unknown[] =>
  Envelope.parse(JSON.parse(body)).Records ?? [];

/**
 * The same message in another form that means the same: the sequencer in lower case, or longer by zeros
 * on the right; or sent on by an SNS topic. An expiration gets the sequencer that S3's documentation
 * shows of one: the midnight at which the object was due, before all that happened since.
 */
function dressed(body: string, random: Random): string {
  const { Records, ...rest } = z
    .looseObject({ Records: z.optional(z.array(Sequenced)) })
    .parse(JSON.parse(body));
  const dressedRecords = Records?.map((record) => {
    const { sequencer } = record.s3.object;
    if (sequencer === undefined) return record;
    const expired = record.eventName.startsWith("LifecycleExpiration:");
    return {
      ...record,
      s3: {
        ...record.s3,
        object: {
          ...record.s3.object,
          sequencer: expired ? midnight() : another(sequencer, random),
        },
      },
    };
  });
  const message = JSON.stringify({ ...rest, Records: dressedRecords });
  return random.chance(0.1) ? JSON.stringify({ Type: "Notification", Message: message }) : message;
}

function another(sequencer: string, random: Random): string {
  if (random.chance(0.2)) return sequencer.toLowerCase();
  return random.chance(0.2) ? `${sequencer}00` : sequencer;
}

function midnight(): string {
  const seconds = Math.floor(Date.now() / 86_400_000) * 86_400;
  return `00${seconds.toString(16).toUpperCase()}00000000`;
}
