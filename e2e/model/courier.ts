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

/** The batch size of the event source mapping. */
const BATCH = 10;
/** The time until the invocation's deadline: more than a batch needs, and too little for most batches. */
const AMPLE_MS = 60_000;
const SHORT_MS = 8;

/**
 * Delivers the messages of a queue to the function with the delays, duplicates and reordering that S3 and SQS
 * allow, with several events in one message, and again if the function reports a failure.
 */
export class Courier {
  readonly #scene: Scene;
  readonly #random: Random;
  /** Not yet acknowledged by the function. */
  #waiting: string[] = [];
  /** Acknowledged by the function. SQS may deliver any of them again. */
  readonly #acknowledged: string[] = [];

  constructor(scene: Scene, random: Random) {
    this.#scene = scene;
    this.#random = random;
  }

  /** Delivers about this share of the waiting messages. The rest stays for later. */
  async deliver(share: number, hurry: boolean): Promise<void> {
    await this.#collect();
    const now: string[] = [];
    const late: string[] = [];
    for (const body of this.#waiting) (this.#random.chance(share) ? now : late).push(body);
    this.#waiting = late;
    const repeated = this.#acknowledged.filter(() => this.#random.chance(0.1));
    for (const batch of this.#batches([...now, ...repeated])) {
      await this.#invoke(batch, hurry ? SHORT_MS : AMPLE_MS);
    }
  }

  /** Delivers all waiting messages and some acknowledged ones. Throws if one fails: the deadline allows for all. */
  async deliverAll(): Promise<void> {
    await this.#collect();
    const repeated = this.#acknowledged.filter(() => this.#random.chance(0.2));
    const all = [...this.#waiting, ...repeated];
    this.#waiting = [];
    for (const batch of this.#batches(all)) await this.#invoke(batch, AMPLE_MS);
    if (this.#waiting.length > 0)
      throw new Error(`failed although nothing disturbs it: ${this.#waiting.join()}`);
  }

  async #collect(): Promise<void> {
    const bodies = await receiveAll(this.#scene);
    this.#waiting.push(...bodies.map((body) => varied(body, this.#random)));
  }

  /** Makes batches of random size and order, with some messages duplicated or merged. */
  #batches(bodies: readonly string[]): string[][] {
    const twice = bodies.filter(() => this.#random.chance(0.2));
    const messages = this.#random.shuffle([...bodies, ...twice]);
    const batches: string[][] = [];
    while (messages.length > 0) {
      const batch = messages.splice(0, 1 + this.#random.below(BATCH));
      batches.push(this.#random.chance(0.2) ? merged(batch) : batch);
    }
    return batches;
  }

  async #invoke(bodies: readonly string[], remainingMs: number): Promise<void> {
    const { failed, outcomes } = await handle(bodies, remainingMs);
    // A test event has no record and counts as one event.
    const events = bodies.map((body) => Math.max(1, recordsOf(body).length));
    const sum = events.reduce((total, count) => total + count, 0);
    if (outcomes.length !== sum)
      throw new Error(`the log has ${outcomes.length} outcomes for ${sum} events`);
    for (const [index, body] of bodies.entries()) {
      (failed.includes(index) ? this.#waiting : this.#acknowledged).push(body);
    }
  }
}

/** Merges the events of several messages into one message, as an aggregating forwarder does. */
function merged(bodies: readonly string[]): string[] {
  const parsed = bodies.map((body) => ({ body, records: recordsOf(body) }));
  const gathered = parsed.flatMap(({ records }) => records);
  const others = parsed.filter(({ records }) => records.length === 0).map(({ body }) => body);
  return gathered.length === 0 ? others : [JSON.stringify({ Records: gathered }), ...others];
}

const recordsOf = (body: string): readonly unknown[] =>
  Envelope.parse(JSON.parse(body)).Records ?? [];

/**
 * Returns the message in another form with the same meaning: the sequencer in lower case or padded with zeros
 * on the left, or the message in the envelope of an SNS topic.
 */
function varied(body: string, random: Random): string {
  const { Records, ...rest } = z
    .looseObject({ Records: z.optional(z.array(Sequenced)) })
    .parse(JSON.parse(body));
  const variedRecords = Records?.map((record) => {
    const { sequencer } = record.s3.object;
    if (sequencer === undefined) return record;
    const object = { ...record.s3.object, sequencer: variedSequencer(sequencer, random) };
    return { ...record, s3: { ...record.s3, object } };
  });
  const message = JSON.stringify({ ...rest, Records: variedRecords });
  return random.chance(0.1) ? JSON.stringify({ Type: "Notification", Message: message }) : message;
}

function variedSequencer(sequencer: string, random: Random): string {
  if (random.chance(0.2)) return sequencer.toLowerCase();
  return random.chance(0.2) ? `00${sequencer}` : sequencer;
}
