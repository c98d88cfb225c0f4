import {
  array,
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  record,
  uniqueArray,
} from "fast-check";
import { describe, expect, test } from "vitest";

import {
  type BatchPort,
  type BatchRecord,
  type Discarded,
  processBatch,
  type RetrySettings,
} from "../../../src/service/lambda/stream-batch.ts";

const SETTINGS: RetrySettings = {
  partialResponses: false,
  bisect: false,
  maximumRetries: -1,
  maximumAgeMs: 86_400_000,
};

/** Records that are a second apart. */
const records = (count: number): BatchRecord[] =>
  Array.from({ length: count }, (_, n) => ({
    sequenceNumber: `${n + 1}`,
    at: n * 1000,
    event: { n },
  }));

type Handler = (batch: string[], invocation: number) => string | Error;

/** Processes records with a handler, which returns its response in JSON. */
async function run(
  batch: readonly BatchRecord[],
  settings: Partial<RetrySettings>,
  handler: Handler,
  options: { now?: (invocations: number) => number; stopAfter?: number } = {},
) {
  const invocations: string[][] = [];
  const checkpoints: string[] = [];
  const discarded: Discarded[] = [];
  let pauses = 0;
  const port: BatchPort = {
    async invoke(sent) {
      const ids = sent.map(({ sequenceNumber }) => sequenceNumber);
      invocations.push(ids);
      const payload = handler(ids, invocations.length);
      const outcome =
        typeof payload === "string"
          ? ({ ok: true, payload } as const)
          : ({ ok: false, error: payload.message } as const);
      return { requestId: `request-${invocations.length}`, outcome };
    },
    async discard(each) {
      discarded.push(each);
    },
    checkpoint: (sequenceNumber) => checkpoints.push(sequenceNumber),
    async pause() {
      pauses += 1;
    },
    now: () => options.now?.(invocations.length) ?? 0,
    isStopped: () => invocations.length >= (options.stopAfter ?? Infinity),
  };
  const isDone = await processBatch(batch, { ...SETTINGS, ...settings }, port);
  return { isDone, invocations, checkpoints, discarded, pauses };
}

const FAILED = new Error("on purpose");
const failing = (...ids: string[]) =>
  JSON.stringify({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

test("a batch that succeeds is invoked once", async () => {
  expect(await run(records(3), {}, () => "null")).toMatchObject({
    isDone: true,
    invocations: [["1", "2", "3"]],
    checkpoints: ["3"],
    discarded: [],
    pauses: 0,
  });
});

test("a batch that fails is retried as a whole until it succeeds", async () => {
  const handler: Handler = (_, invocation) => (invocation < 4 ? FAILED : "null");
  const { invocations, checkpoints, pauses } = await run(records(2), {}, handler);

  expect(invocations).toEqual(Array.from({ length: 4 }, () => ["1", "2"]));
  expect(checkpoints).toEqual(["2"]);
  expect(pauses).toBe(3);
});

test("a batch is discarded after its retries", async () => {
  const { isDone, invocations, checkpoints, discarded } = await run(
    records(2),
    { maximumRetries: 1 },
    () => FAILED,
  );

  expect(isDone).toBe(true);
  expect(invocations).toHaveLength(2);
  expect(checkpoints).toEqual(["2"]);
  expect(discarded).toMatchObject([
    { condition: "RetryAttemptsExhausted", invokeCount: 2, invocation: { requestId: "request-2" } },
  ]);
});

test("a batch is not retried with 0 retries", async () => {
  expect((await run(records(1), { maximumRetries: 0 }, () => FAILED)).invocations).toHaveLength(1);
});

describe("a partial response", () => {
  test("continues at the lowest failed sequence number", async () => {
    const handler: Handler = (_, invocation) => (invocation === 1 ? failing("4", "3") : "null");
    const { invocations, checkpoints } = await run(records(4), { partialResponses: true }, handler);

    expect(invocations).toEqual([
      ["1", "2", "3", "4"],
      ["3", "4"],
    ]);
    expect(checkpoints).toEqual(["2", "4"]);
  });

  // Recorded on AWS for the second and third: four invocations with three retries.
  test.each([
    ["an unknown sequence number", failing("9")],
    ["an empty identifier", failing("")],
    ["a null identifier", '{"batchItemFailures":[{"itemIdentifier":null}]}'],
    ["another member", '{"batchItemFailures":[{"id":"1"}]}'],
    ["a text that is not JSON", "{"],
  ])("with %s is a complete failure", async (_, response) => {
    const settings = { partialResponses: true, maximumRetries: 3 };
    const { invocations, checkpoints } = await run(records(2), settings, () => response);

    expect(invocations).toEqual(Array.from({ length: 4 }, () => ["1", "2"]));
    expect(checkpoints).toEqual(["2"]);
  });

  test.each(["null", "", "{}", '{"batchItemFailures":[]}', '{"batchItemFailures":null}'])(
    "of %j is a success",
    async (response) => {
      const { checkpoints } = await run(records(2), { partialResponses: true }, () => response);
      expect(checkpoints).toEqual(["2"]);
    },
  );

  test("is ignored without ReportBatchItemFailures", async () => {
    expect((await run(records(2), {}, () => failing("1"))).checkpoints).toEqual(["2"]);
  });
});

test("bisecting isolates a bad record, and does not use its retries", async () => {
  const settings = { bisect: true, maximumRetries: 1 };
  const handler: Handler = (ids) => (ids.includes("3") ? FAILED : "null");
  const { invocations, checkpoints, discarded } = await run(records(4), settings, handler);

  expect(invocations).toEqual([["1", "2", "3", "4"], ["1", "2"], ["3", "4"], ["3"], ["3"], ["4"]]);
  expect(checkpoints).toEqual(["2", "3", "4"]);
  expect(discarded.map((each) => each.records.map(({ sequenceNumber }) => sequenceNumber))).toEqual(
    [["3"]],
  );
});

test("records that are too old are discarded before and between invocations", async () => {
  const { invocations, checkpoints, discarded } = await run(
    records(4),
    { maximumAgeMs: 60_000 },
    () => FAILED,
    { now: (invocation) => 60_500 + invocation * 2000 },
  );

  expect(invocations).toEqual([["2", "3", "4"], ["4"]]);
  expect(checkpoints).toEqual(["1", "3", "4"]);
  expect(discarded).toMatchObject([
    { condition: "RecordAgeExceeded", invokeCount: 0, invocation: undefined },
    { condition: "RecordAgeExceeded", invokeCount: 1, invocation: { requestId: "request-1" } },
    { condition: "RecordAgeExceeded", invokeCount: 2 },
  ]);
});

test("a mapping that is closed leaves the batch for the next start", async () => {
  const { isDone, checkpoints, discarded } = await run(
    records(2),
    { maximumRetries: 0 },
    () => FAILED,
    { stopAfter: 1 },
  );

  expect({ isDone, checkpoints, discarded }).toEqual({
    isDone: false,
    checkpoints: [],
    discarded: [],
  });
});

test("in every case, each record is processed or discarded, in order, and checkpoints only advance", async () => {
  const scenario = record({
    count: integer({ min: 1, max: 12 }),
    settings: record({
      partialResponses: boolean(),
      bisect: boolean(),
      maximumRetries: constantFrom(0, 1, 3),
    }),
    poison: uniqueArray(integer({ min: 1, max: 12 }), { maxLength: 3 }),
    flaky: array(boolean(), { maxLength: 20 }),
  });
  await assert(
    asyncProperty(scenario, async ({ count, settings, poison, flaky }) => {
      const processed: number[] = [];
      const { isDone, invocations, checkpoints, discarded } = await run(
        records(count),
        settings,
        (ids, invocation) => {
          if (flaky[invocation - 1] === true) return FAILED;
          const bad = ids.find((id) => poison.includes(Number(id)));
          if (bad !== undefined && !settings.partialResponses) return FAILED;
          const good = bad === undefined ? ids : ids.slice(0, ids.indexOf(bad));
          processed.push(...good.map(Number));
          return bad === undefined ? "null" : failing(bad);
        },
      );
      const lost = discarded.flatMap((each) =>
        each.records.map((one) => Number(one.sequenceNumber)),
      );
      const all = Array.from({ length: count }, (_, n) => n + 1);
      expect(isDone).toBe(true);
      expect([...processed, ...lost].toSorted((a, b) => a - b)).toEqual(all);
      expect(processed).toEqual(processed.toSorted((a, b) => a - b));
      const advanced = checkpoints.map(Number);
      expect(advanced).toEqual([...new Set(advanced)].toSorted((a, b) => a - b));
      expect(advanced.at(-1)).toBe(count);
      // Bisecting keeps the good records, unless they are flaky.
      const mayLose = flaky.includes(true) || !settings.bisect;
      expect(mayLose || lost.every((id) => poison.includes(id))).toBe(true);
      expect(invocations.length).toBeLessThan(count * 8 + flaky.length * 2 + 8);
    }),
  );
});
