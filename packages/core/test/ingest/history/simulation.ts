import { recordKey } from "../../../src/catalog/keys.ts";
import { planWrite } from "../../../src/catalog/plan.ts";
import type { RecordWrite } from "../../../src/catalog/record-write.ts";
import { parseStored, type StoredRecord } from "../../../src/catalog/stored.ts";
import type { WriteResult } from "../../../src/catalog/write.ts";
import { ServiceError } from "../../../src/error.ts";
import { applyEvents, type Ports } from "../../../src/ingest/apply.ts";
import type { Events } from "../../../src/ingest/rule.ts";
import type { ObjectChange } from "../../../src/notification/event.ts";
import { isSkewed, readTime } from "../../../src/object/read-time.ts";
import type { Reading } from "../../../src/object/reading.ts";
import { differenceOf as compareWithListing } from "../../../src/reconcile/difference.ts";
import { resolve } from "../../../src/reconcile/resolve.ts";
import { Table } from "../../catalog/table.ts";
import { differenceOf } from "./difference.ts";
import type { Random } from "./random.ts";
import { BUCKET, iso, KEY, S3Key, type Behavior, type Upload } from "./s3-key.ts";
import { Scheduler } from "./scheduler.ts";

/** A part of the rule that a run leaves out, to show that it is needed. */
export interface Ablation {
  /** Replaces a plan before it is written. */
  readonly write?: (write: RecordWrite) => RecordWrite;
  /** Replaces the record that a rejected write returns to the function that processes some events. */
  readonly stored?: (stored: StoredRecord, events: Events) => StoredRecord;
  /** Replaces the condition of a plan. */
  readonly condition?: (expression: string) => string;
  /** Takes the clock of the function for the time of a read, without the `Date` header. */
  readonly trustsClock?: boolean;
}

const NEVER = new AbortController().signal;
const HOUR = 3_600_000;

export interface Scenario {
  /**
   * Whether passes compare the key with its record all the time, some of them killed in the middle, while
   * a tenth of the events is lost. One more pass starts after the last event that is not lost, and after
   * the other passes; `overlapping`: it does not wait for them, but the key has a record from the start.
   * Without passes, few events are lost, and the key is read again at the end if one was.
   */
  readonly passes?: "one at the end" | "overlapping";
}

/** A random history of one key, with any number of functions that process its events while it goes on. */
export class Simulation {
  readonly #random: Random;
  readonly #ablation: Ablation;
  readonly #passes: Scenario["passes"];
  /** The history and the deliveries that have not ended. */
  #active = 0;
  readonly #scheduler = new Scheduler(Date.UTC(2026, 2, 1, 12));
  readonly #table = new Table();
  readonly #s3: S3Key;
  #revs = 0;
  #sent = 0;
  #queue: ObjectChange[] = [];
  readonly #lost = new Set<ObjectChange>();
  #attempts = 0;
  readonly #errors: unknown[] = [];

  constructor(random: Random, ablation: Ablation = {}, { passes }: Scenario = {}) {
    this.#random = random;
    this.#ablation = ablation;
    this.#passes = passes;
    const behavior: Behavior = {
      versioned: random.chance(0.6),
      removalSequencer: random.pick(["own", "removed version"]),
      supersededUploads: random.pick(["hidden", "visible"]),
    };
    this.#s3 = new S3Key(behavior);
  }

  /** Runs to the end and returns what is wrong with the record then; undefined if nothing is. */
  async run(): Promise<string | undefined> {
    if (this.#passes === "overlapping") await this.#record();
    this.#begin(this.#history());
    await this.#scheduler.run();
    if (this.#passes === "one at the end") this.#start(this.#pass(false));
    else if (this.#lost.size > 0) this.#start(this.#repair());
    await this.#scheduler.run();
    if (this.#errors.length > 0) throw this.#errors[0];
    return differenceOf(this.#table, this.#s3, this.#lost.size === 0 && this.#passes === undefined);
  }

  /** Records the key, so that each later write depends on the record before it. */
  async #record(): Promise<void> {
    this.#s3.put(this.#scheduler.now);
    this.#sent = this.#s3.events.length;
    for (const event of this.#s3.events) this.#begin(this.#deliver(event, 0));
    await this.#scheduler.run();
  }

  /** Starts a part of the history. When all have ended, a pass starts that does not wait for the others. */
  #begin(work: Promise<void>): void {
    this.#active += 1;
    const last = async () => {
      await work;
      this.#active -= 1;
      if (this.#active === 0 && this.#passes === "overlapping") await this.#pass(false);
    };
    this.#start(last());
  }

  #start(work: Promise<void>): void {
    work.catch((error: unknown) => this.#errors.push(error));
  }

  async #history(): Promise<void> {
    const random = this.#random;
    const uploads: Upload[] = [];
    const steps = random.integer(1, 12);
    for (let step = 0; step < steps || uploads.length > 0; step++) {
      const { now } = this.#scheduler;
      const choice = random.integer(0, step < steps ? 12 : 1);
      if (choice <= 1) {
        const upload = uploads.splice(random.integer(0, uploads.length - 1), 1)[0];
        if (upload) this.#s3.complete(upload, now);
      } else if (choice <= 4) this.#s3.put(now, random.chance(0.08));
      else if (choice <= 6) uploads.push(this.#s3.start(now));
      else if (choice <= 8) this.#s3.delete(now);
      else if (choice <= 10) this.#s3.removeVersion(random.integer(0, 2), now);
      else if (choice === 11) this.#expire(uploads.length > 0);
      else this.#s3.change(now);
      this.#notify();
      if (this.#passes) this.#start(this.#pass(random.chance(0.2)));
      else if (random.chance(0.02)) this.#start(this.#repair());
      await this.#scheduler.wait(this.#gap());
    }
  }

  /**
   * An expiration has the sequencer of its object. An upload that started later and is completed after
   * it, without ever being the current object, looks as if it were newer: see docs/architecture.md,
   * "What is not known". The record is then `unreadable` until the next read that is not ambiguous.
   */
  #expire(isUploading: boolean): void {
    const noncurrent = this.#random.chance(0.4);
    if (noncurrent || !isUploading) this.#s3.expire(noncurrent, this.#scheduler.now);
  }

  /** Sends the new events to the queue: late, twice or, rarely, not at all. */
  #notify(): void {
    const random = this.#random;
    for (const event of this.#s3.events.slice(this.#sent)) {
      if (random.chance(this.#passes ? 0.1 : 0.03)) this.#lost.add(event);
      else {
        this.#begin(this.#deliver(event));
        if (random.chance(0.2)) this.#begin(this.#deliver(event));
      }
    }
    this.#sent = this.#s3.events.length;
  }

  async #deliver(event: ObjectChange, delay = this.#delay()): Promise<void> {
    await this.#scheduler.wait(delay);
    this.#queue.push(event);
    await this.#scheduler.wait(this.#random.chance(0.7) ? 0 : this.#random.integer(0, 500));
    const [first, ...others] = this.#queue.splice(0, this.#random.integer(1, 4));
    if (first === undefined) return;
    const events = [first, ...others] as const;
    this.#attempts += 1;
    if (this.#attempts > 1000) throw new Error("a message fails forever");
    try {
      await applyEvents(events, this.#ports(events, false), NEVER);
    } catch (error) {
      if (!canRetry(error)) throw error;
      for (const failed of events) {
        this.#begin(this.#deliver(failed, this.#random.integer(1000, 60_000)));
      }
    }
  }

  /** Compares a listing with the record, and resolves the difference. A pass that is killed does not. */
  async #pass(isKilled: boolean): Promise<void> {
    const listed = this.#s3.list();
    await this.#scheduler.wait(this.#latency());
    const item = this.#table.item({ Key: recordKey(BUCKET, KEY) });
    await this.#scheduler.wait(this.#latency());
    const stored = item === undefined ? undefined : parseStored(item);
    const recorded = stored?.state === "deleted" || !stored ? undefined : { key: KEY, stored };
    const kind = compareWithListing(listed, recorded);
    if (kind === undefined || isKilled) return;
    const difference = { kind, key: KEY, listed, recorded };
    const ports = this.#ports([LISTED], true);
    for (let attempt = 0; attempt < 100; attempt++) {
      try {
        await resolve(difference, { bucket: BUCKET, region: LISTED.region }, ports, NEVER);
        return;
      } catch (error) {
        if (!canRetry(error)) throw error;
        await this.#scheduler.wait(1000);
      }
    }
    throw new Error("a pass fails forever");
  }

  /** A read by a caller that may list the bucket. It is repeated until it succeeds. */
  async #repair(): Promise<void> {
    const { now } = this.#scheduler;
    const event: ObjectChange = {
      kind: "changed",
      name: "Repair",
      time: iso(now),
      region: "eu-central-1",
      bucket: BUCKET,
      key: KEY,
    };
    for (let attempt = 0; attempt < 100; attempt++) {
      try {
        await applyEvents([event], this.#ports([event], true), NEVER);
        return;
      } catch (error) {
        if (!canRetry(error)) throw error;
        await this.#scheduler.wait(1000);
      }
    }
    throw new Error("a repair fails forever");
  }

  /** The ports of one function, with a clock of its own. */
  #ports(events: Events, mayList: boolean): Ports {
    const random = this.#random;
    const skew = random.chance(0.04)
      ? random.pick([-HOUR, HOUR, -5000, 5000])
      : random.integer(-1000, 1000);
    const wait = () => this.#scheduler.wait(this.#latency());
    return {
      newRev: () => `r${++this.#revs}`,
      readObject: async (): Promise<Reading> => {
        const sent = this.#scheduler.now + skew;
        await wait();
        if (random.chance(0.01)) throw failure("throttled");
        const answer = this.#s3.read(mayList);
        const date = Math.floor(this.#scheduler.now / 1000) * 1000;
        await wait();
        const times = { sent, received: this.#scheduler.now + skew, date };
        const readAt = this.#ablation.trustsClock === true ? new Date(sent) : readTime(times);
        return { answer, readAt: readAt.toISOString(), clockSkew: isSkewed(times) };
      },
      writeRecord: async (write): Promise<WriteResult> => {
        await wait();
        let result = this.#write(write, events);
        if (random.chance(0.03)) {
          // The answer is lost; the SDK sends the same request again.
          await wait();
          result = this.#write(write, events);
        }
        await wait();
        if (random.chance(0.01)) throw failure("the answer is lost for good");
        return result;
      },
    };
  }

  #write(write: RecordWrite, events: Events): WriteResult {
    const plan = planWrite(this.#ablation.write?.(write) ?? write);
    const condition = this.#ablation.condition?.(plan.ConditionExpression);
    const { written, old } = this.#table.update(plan, condition);
    if (written) return { written };
    const stored = old && parseStored(old);
    return { written, stored: stored && (this.#ablation.stored?.(stored, events) ?? stored) };
  }

  /** Between two changes of the key. */
  #gap(): number {
    const random = this.#random;
    if (random.chance(0.5)) return random.integer(0, 100);
    return random.integer(0, random.chance(0.9) ? 4000 : HOUR);
  }

  /** From a change to the delivery of its event. */
  #delay(): number {
    const random = this.#random;
    if (random.chance(0.6)) return random.integer(50, 1500);
    return random.integer(0, random.chance(0.8) ? 10_000 : 2 * HOUR);
  }

  /** One way of a request, with the pauses of a process. */
  #latency(): number {
    const random = this.#random;
    if (random.chance(0.8)) return random.integer(1, 50);
    return random.integer(0, random.chance(0.8) ? 3000 : 60_000);
  }
}

/** Stands for the events of a pass. */
const LISTED: ObjectChange = {
  kind: "listed",
  name: "Pass",
  time: iso(0),
  region: "eu-central-1",
  bucket: BUCKET,
  key: KEY,
};

const failure = (message: string) => new ServiceError("test.failure", message, { retry: true });
const canRetry = (error: unknown) => error instanceof ServiceError && error.retry;
