import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { recordKey } from "../../src/catalog/keys.ts";
import { planChange } from "../../src/catalog/plan.ts";
import { parseItem } from "../../src/catalog/record.ts";
import type { Ports } from "../../src/ingest/apply.ts";
import { ingestBatch, type Message } from "../../src/ingest/batch.ts";
import { Table } from "../catalog/table.ts";
import { Bucket, BUCKET } from "./bucket.ts";

type Wait = <T>(value: T) => Promise<T>;

/** S3 and the table of one run; `wait` delays each call and its result. */
class Run {
  readonly bucket = new Bucket();
  readonly #table = new Table();
  readonly #ports: Ports;
  #left: Message[] = [];
  #taken = 0;

  constructor(wait: Wait) {
    this.#ports = {
      readObject: async (request) => {
        await wait(undefined);
        return wait(this.bucket.read(request));
      },
      writeChange: async (change) => {
        await wait(undefined);
        return wait(this.#table.update(planChange(change)));
      },
      now: () => this.bucket.tick(),
    };
  }

  /** Moves the messages that S3 has sent since the last call to the queue, some twice, in any order. */
  receive(order: readonly number[]): void {
    const sent = this.bucket.messages.slice(this.#taken);
    this.#taken = this.bucket.messages.length;
    sent.forEach((body, i) => {
      const place = order[i % order.length] ?? 0;
      const copies = place % 4 === 0 ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        this.#left.splice((place * 7 + copy) % (this.#left.length + 1), 0, {
          messageId: `${this.#taken}-${i}-${copy}`,
          body,
        });
      }
    });
  }

  /** Passes up to `size` messages to the handler; failed messages return to the queue. */
  async handle(size: number): Promise<void> {
    const batch = this.#left.splice(0, size);
    const signal = new AbortController().signal;
    const failed = await ingestBatch(batch, BUCKET, this.#ports, () => {}, signal);
    this.#left.push(...batch.filter(({ messageId }) => failed.includes(messageId)));
  }

  async drain(): Promise<void> {
    for (let rounds = 0; this.#left.length > 0; rounds++) {
      if (rounds > 100) throw new Error("a message fails forever");
      await this.handle(3);
    }
  }

  /** The record, with the fields of `actual`. */
  get recorded(): unknown {
    const item = this.#table.item({ Key: recordKey(BUCKET, "k") });
    const record = item && parseItem(item);
    if (record === undefined || record.state === "deleted") return undefined;
    if (record.state !== "present") return record;
    const { etag, storageClass, lastModified, versionId = "null" } = record;
    return { etag, storageClass, lastModified, versionId };
  }

  get actual(): unknown {
    const { current } = this.bucket;
    return (
      current && {
        etag: current.etag,
        storageClass: current.storageClass,
        lastModified: current.writtenAt,
        versionId: current.id,
      }
    );
  }
}

const steps = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: "put" } as const) },
  { weight: 2, arbitrary: fc.constant({ do: "delete" } as const) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("deleteVersion" as const), n: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "expire" } as const) },
  { weight: 2, arbitrary: fc.constant({ do: "transition" } as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("versioning" as const),
      to: fc.constantFrom("enabled" as const, "suspended" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("handle" as const),
      order: fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }),
      size: fc.integer({ min: 1, max: 4 }),
    }),
  },
);
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

/** Makes a step of a history. */
async function perform(step: Step, run: Run): Promise<void> {
  const { bucket } = run;
  if (step.do === "put") bucket.put();
  else if (step.do === "delete") bucket.delete();
  else if (step.do === "deleteVersion") bucket.deleteVersion(step.n);
  else if (step.do === "expire") bucket.expire();
  else if (step.do === "transition") bucket.transition();
  else if (step.do === "versioning") bucket.versioning = step.to;
  else {
    run.receive(step.order);
    await run.handle(step.size);
  }
}

/** For a machine under load. */
const PATIENCE = { timeout: 120_000 };

describe("after the last event, the record matches the bucket", PATIENCE, () => {
  test("for any history, order of events and number of deliveries", async () => {
    const histories = fc.array(steps, { maxLength: 25, size: "max" });
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.array(fc.nat(20), { minLength: 1 }),
        async (history, order) => {
          const run = new Run(async (value) => value);
          for (const step of history) await perform(step, run);
          run.receive(order);
          await run.drain();
          expect(run.recorded).toEqual(run.actual);
        },
      ),
      { numRuns: 1500 },
    );
  });

  test("if functions process one key concurrently while the bucket changes", async () => {
    const histories = fc.array(steps, { maxLength: 16, size: "max" });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), histories, async (scheduler, history) => {
        const run = new Run((value) => scheduler.schedule(Promise.resolve(value)));
        const handling: Promise<void>[] = [];
        for (const step of history) {
          handling.push(perform(step, run));
          if (scheduler.count() > 0 && step.do !== "handle") await scheduler.waitOne();
        }
        await scheduler.waitFor(Promise.all(handling));
        run.receive([1]);
        await scheduler.waitFor(run.drain());
        expect(run.recorded).toEqual(run.actual);
      }),
      { numRuns: 3000 },
    );
  });

  // Random histories find this case once in ten thousand runs.
  test("if an object is changed, and its event processed, between the read and the write of its creation", async () => {
    const gate = Promise.withResolvers<void>();
    let waits = 0;
    const run = new Run(async (value) => {
      if (++waits === 3) await gate.promise;
      return value;
    });
    run.bucket.put();
    run.receive([1]);
    const slow = run.handle(1);
    await new Promise(setImmediate);
    run.bucket.transition();
    run.receive([1]);
    await run.handle(1);
    gate.resolve();
    await slow;
    await run.drain();
    expect(run.recorded).toEqual(run.actual);
  });
});
