import { getEventListeners } from "node:events";

import { describe, expect, test } from "vitest";

import { ingestBatch, type Message, type Report } from "../../src/ingest/batch.ts";
import { bodyOf, BUCKET, sampleRecord, TEST_EVENT } from "../notification/samples.ts";
import type { RecordWrite } from "../../src/catalog/record-write.ts";
import type { Ports } from "../../src/ingest/apply.ts";
import type { Reading, ReadRequest } from "../../src/object/reading.ts";
import { at, found } from "./events.ts";

const FOUND: Reading = { answer: found(1), readAt: at(100), clockSkew: false };

/** Ports with prepared results that record their calls. */
function world(
  answers: {
    readonly read?: (request: ReadRequest) => Promise<Reading> | Reading;
    readonly write?: (write: RecordWrite) => Promise<void> | void;
  } = {},
) {
  const reads: ReadRequest[] = [];
  const writes: RecordWrite[] = [];
  const ports: Ports = {
    newRev: () => "r",
    readObject: async (request) => {
      reads.push(request);
      return answers.read ? answers.read(request) : FOUND;
    },
    writeRecord: async (write) => {
      writes.push(write);
      await answers.write?.(write);
      return { written: true };
    },
  };
  return { ports, reads, writes };
}

const SCOPE = { bucket: BUCKET, tags: false };

let messages = 0;
const message = (body: string): Message => ({ messageId: `m${++messages}`, body });

interface Facts {
  readonly key?: string;
  readonly sequencer?: string | undefined;
  readonly eventName?: string;
}
const record = ({ key = "k", sequencer = "01", eventName = "ObjectCreated:Put" }: Facts) =>
  sampleRecord({ eventName, object: { key, sequencer } });
const created = (facts: Facts = {}): Message => message(bodyOf(record(facts)));

async function ingest(
  batch: readonly Message[],
  answers: Parameters<typeof world>[0] = {},
  signal = new AbortController().signal,
  scope = SCOPE,
) {
  const { ports, reads, writes } = world(answers);
  const reports: Report[] = [];
  const failed = await ingestBatch(batch, scope, ports, (report) => reports.push(report), signal);
  const outcomes = reports.map(({ messageId, outcome }): [string, string] => [
    messageId,
    outcome.outcome,
  ]);
  return { failed, reads, writes, reports, outcomes };
}

const unavailable = () => Promise.reject(new Error("unavailable"));
const never = () => new Promise<never>(() => {});

/** A slow read, and the maximum number of concurrent reads. */
function slowRead() {
  let working = 0;
  let most = 0;
  const read = async () => {
    most = Math.max(most, ++working);
    await new Promise(setImmediate);
    working -= 1;
    return FOUND;
  };
  return { read, most: () => most };
}

describe("a batch", () => {
  test("can be empty", async () => {
    expect(await ingest([])).toMatchObject({ failed: [], reports: [] });
  });

  test("makes one read and one write per object", async () => {
    const batch = Array.from({ length: 100 }, (_, i) => created({ key: `k${i}` }));
    const { failed, reads, writes } = await ingest(batch);
    expect(failed).toEqual([]);
    expect([reads.length, writes.length]).toEqual([100, 100]);
  });

  test("processes 32 objects at a time", async () => {
    const { read, most } = slowRead();
    await ingest(
      Array.from({ length: 200 }, (_, i) => created({ key: `k${i}` })),
      { read },
    );
    expect(most()).toBe(32);
  });

  test("acknowledges test events and events that change no record", async () => {
    const batch = [
      message(TEST_EVENT),
      created({ eventName: "ObjectTagging:Put" }),
      created({ eventName: "ObjectDreamt:Of" }),
    ];
    const { failed, outcomes, reads } = await ingest(batch);
    expect(failed).toEqual([]);
    expect(outcomes.map(([, outcome]) => outcome)).toEqual(["test", "ignored", "ignored"]);
    expect(reads).toEqual([]);
  });

  test("processes events about tags if the records have tags", async () => {
    const batch = [created({ eventName: "ObjectTagging:Put" })];
    const { outcomes } = await ingest(batch, {}, undefined, { ...SCOPE, tags: true });
    expect(outcomes.map(([, outcome]) => outcome)).toEqual(["refreshed"]);
  });

  test("fails invalid messages, so that they become dead letters", async () => {
    const bad = [message("nonsense"), message("{}"), message(bodyOf({ eventVersion: "3.0" }))];
    const good = created();
    const { failed, writes } = await ingest([...bad, good]);
    expect(failed).toEqual(bad.map(({ messageId }) => messageId));
    expect(writes).toHaveLength(1);
  });

  test("keeps the failure of one object from affecting others", async () => {
    const batch = [created({ key: "a" }), created({ key: "b" }), created({ key: "c" })];
    const read = ({ key }: { key: string }) => (key === "b" ? unavailable() : FOUND);
    const { failed, outcomes } = await ingest(batch, { read });
    expect(failed).toEqual([batch[1]?.messageId]);
    expect(new Map(outcomes)).toEqual(
      new Map(batch.map(({ messageId }, i) => [messageId, i === 1 ? "failed" : "indexed"])),
    );
  });

  test("keeps an unexpected error for one object from affecting others", async () => {
    const write = ({ key }: { key: string }) => {
      if (key === "b") throw new TypeError("undefined is not a function");
    };
    const batch = [created({ key: "a" }), created({ key: "b" })];
    expect((await ingest(batch, { write })).failed).toEqual([batch[1]?.messageId]);
  });

  test("can contain one message twice", async () => {
    const twice = created();
    expect(await ingest([twice, twice])).toMatchObject({ failed: [] });
    expect(await ingest([twice, twice], { read: unavailable })).toMatchObject({
      failed: [twice.messageId],
    });
  });
});

describe("a message with several records", () => {
  test("is acknowledged if all of them succeed", async () => {
    const { failed, writes } = await ingest([
      message(bodyOf(record({ key: "a" }), record({ key: "b" }))),
    ]);
    expect(failed).toEqual([]);
    expect(writes).toHaveLength(2);
  });

  test("fails if one record fails; the others are processed", async () => {
    const batch = [
      message(bodyOf(record({ key: "a" }), { eventVersion: "9.9" }, record({ key: "b" }))),
    ];
    const { failed, writes, outcomes } = await ingest(batch);
    expect(failed).toEqual([batch[0]?.messageId]);
    expect(writes).toHaveLength(2);
    expect(outcomes).toHaveLength(3);
  });
});

describe("events of one key in a batch", () => {
  const batch = () => [
    created({ sequencer: "02" }),
    created({ sequencer: "03" }),
    created({ sequencer: "01" }),
    created({ eventName: "LifecycleTransition", sequencer: undefined }),
  ];

  test("share one read and one write; all but the latest are stale", async () => {
    const { failed, reads, writes, reports } = await ingest(batch());
    expect(failed).toEqual([]);
    expect(reads).toHaveLength(1);
    expect(writes).toMatchObject([{ sequencer: expect.stringMatching(/^0{30}03$/) }]);
    expect(reports.map(({ outcome }) => outcome)).toMatchObject([
      { outcome: "indexed" },
      { outcome: "stale", reason: "superseded" },
      { outcome: "stale", reason: "superseded" },
      { outcome: "stale", reason: "superseded" },
    ]);
  });

  test("fail together, so that none is lost if the last becomes a dead letter", async () => {
    const all = batch();
    const { failed } = await ingest(all, { write: unavailable });
    expect(new Set(failed)).toEqual(new Set(all.map(({ messageId }) => messageId)));
  });

  test("are grouped by decoded key", async () => {
    const { writes } = await ingest([
      created({ key: "a+b", sequencer: "01" }),
      created({ key: "a%20b", sequencer: "02" }),
    ]);
    expect(writes).toHaveLength(1);
  });
});

describe("at the deadline", () => {
  test("unfinished events fail and finished events do not", async () => {
    const controller = new AbortController();
    const batch = [created({ key: "quick" }), created({ key: "slow" })];
    const read = ({ key }: { key: string }) => (key === "slow" ? never() : FOUND);
    const done = ingest(batch, { read }, controller.signal);
    await new Promise(setImmediate);
    controller.abort();
    const { failed, outcomes, reports } = await done;
    expect(failed).toEqual([batch[1]?.messageId]);
    expect(outcomes).toEqual([
      [batch[0]?.messageId, "indexed"],
      [batch[1]?.messageId, "failed"],
    ]);
    expect(reports[1]?.outcome).toMatchObject({
      error: { code: "ingest.out_of_time", retry: true },
    });
  });

  test("no further event is started", async () => {
    const { failed, reads } = await ingest([created()], {}, AbortSignal.abort());
    expect(failed).toHaveLength(1);
    expect(reads).toEqual([]);
  });

  test("running requests are aborted", async () => {
    const controller = new AbortController();
    const signals: AbortSignal[] = [];
    const { ports } = world();
    const listening = {
      ...ports,
      readObject: (_: unknown, signal: AbortSignal) => {
        signals.push(signal);
        return never();
      },
    };
    const done = ingestBatch([created()], SCOPE, listening, () => {}, controller.signal);
    await new Promise(setImmediate);
    controller.abort();
    await done;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test("a batch that ended no longer listens to the signal", async () => {
    const { signal } = new AbortController();
    await ingest([created()], {}, signal);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("an event that ends later is not reported again", async () => {
    const controller = new AbortController();
    const reports: Report[] = [];
    const gate = Promise.withResolvers<typeof FOUND>();
    const { ports, writes } = world({ read: () => gate.promise });
    const push = (report: Report) => reports.push(report);
    const done = ingestBatch([created()], SCOPE, ports, push, controller.signal);
    await new Promise(setImmediate);
    controller.abort();
    await done;
    gate.resolve(FOUND);
    await new Promise(setImmediate);
    expect(writes).toHaveLength(1);
    expect(reports.map(({ outcome }) => outcome.outcome)).toEqual(["failed"]);
  });
});

test("every event is reported once", async () => {
  const batch = [
    message("nonsense"),
    message(TEST_EVENT),
    created({ key: "a", sequencer: "01" }),
    created({ key: "a", sequencer: "02" }),
    message(bodyOf(record({ key: "b" }), record({ key: "c" }), { eventVersion: "9.9" })),
  ];
  const { outcomes } = await ingest(batch);
  const counted = Map.groupBy(outcomes, ([messageId]) => messageId);
  expect(batch.map(({ messageId }) => counted.get(messageId)?.length)).toEqual([1, 1, 1, 1, 3]);
});
