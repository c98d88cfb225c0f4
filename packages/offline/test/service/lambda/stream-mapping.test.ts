import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import * as z from "zod";

import { StreamsError } from "../../../src/service/dynamodb/streams/operations.ts";
import {
  type StreamRecord,
  sequenceNumberOf,
} from "../../../src/service/dynamodb/streams/record.ts";
import { LambdaFunction } from "../../../src/service/lambda/function.ts";
import type { StreamMappingPlan } from "../../../src/service/lambda/mapping-plan.ts";
import { StreamMapping } from "../../../src/service/lambda/stream-mapping.ts";
import { type Host, openHost } from "./host.ts";

// Prints the keys of its batch.
const HANDLER = `
  export const handler = async ({ Records }) =>
    console.log(JSON.stringify(Records.map(({ dynamodb }) => dynamodb.Keys.pk.S)));`;

let host: Host;
beforeAll(async () => {
  host = await openHost();
  host.bundle(HANDLER);
});
afterAll(() => host.close());

const PLAN: StreamMappingPlan = {
  name: "mapping",
  streamArn: "arn:aws:dynamodb:us-east-1:000000000000:table/things/stream/1",
  isEnabled: true,
  windowSeconds: 0,
  partialResponses: false,
  isSent: () => true,
  batchSize: 100,
  startingPosition: "LATEST",
  parallelization: 1,
  bisect: false,
  maximumRetries: -1,
  maximumAgeSeconds: -1,
  failureArn: undefined,
};

/** A stream in memory, and a function that is subscribed to it. */
function subscribe(plan: Partial<StreamMappingPlan> = {}, checkpoints: (string | null)[] = [null]) {
  const records: StreamRecord[] = [];
  const listeners = new Set<() => void>();
  const lines: string[] = [];
  const problems: string[] = [];
  const state = { trimmed: 0 };
  const fn = new LambdaFunction(
    { name: "fn", arn: "arn:fn", timeoutSeconds: 20, env: {}, concurrency: 2 },
    host.build,
    { ...host, onLine: (line) => lines.push(line), onFailure: (error) => problems.push(error) },
  );
  const start = () => {
    const mapping = new StreamMapping({
      plan: { ...PLAN, ...plan },
      fn,
      reader: {
        async read(after, limit) {
          const at = after === null ? state.trimmed : Number(after.slice(0, -20));
          if (at < state.trimmed) throw new StreamsError("TrimmedDataAccessException", "trimmed");
          return records.slice(at, at + limit);
        },
        listen(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      checkpoints,
      save: () => undefined,
      retrySeconds: 0,
      now: () => Date.now(),
      onDiscard: async () => undefined,
      onError: (problem) => problems.push(problem),
    });
    onTestFinished(async () => {
      const closed = mapping.close();
      fn.close();
      await closed;
    });
    return mapping;
  };
  const add = (...keys: string[]) => {
    const now = Date.now();
    for (const key of keys) {
      records.push({
        eventID: key,
        eventName: "INSERT",
        eventVersion: "1.1",
        eventSource: "aws:dynamodb",
        awsRegion: "us-east-1",
        dynamodb: {
          ApproximateCreationDateTime: now / 1000,
          Keys: { pk: { S: key } },
          SequenceNumber: sequenceNumberOf(records.length + 1, now),
          SizeBytes: 1,
          StreamViewType: "KEYS_ONLY",
        },
      });
    }
    for (const listener of listeners) listener();
  };
  const batches = () => lines.map((line) => z.array(z.string()).parse(JSON.parse(line)));
  return { start, add, batches, problems, checkpoints, state };
}

const waiting = { timeout: 20_000 };

test("batches have at most the batch size, and the order of the stream", async () => {
  const stream = subscribe({ batchSize: 3 });
  stream.add("a", "b", "c", "d", "e", "f", "g", "h");
  stream.start();

  await expect.poll(stream.batches, waiting).toEqual([
    ["a", "b", "c"],
    ["d", "e", "f"],
    ["g", "h"],
  ]);
  await expect.poll(() => stream.checkpoints[0], waiting).toMatch(/^8/);
});

test("a batching window collects records until the batch is full", async () => {
  const stream = subscribe({ batchSize: 4, windowSeconds: 300 });
  stream.start();
  stream.add("a", "b");
  stream.add("c");
  stream.add("d", "e");

  await expect.poll(stream.batches, waiting).toEqual([["a", "b", "c", "d"]]);
});

test("a batch that is not full is processed when its window closes", async () => {
  const stream = subscribe({ windowSeconds: 1 });
  stream.start();
  stream.add("a");
  stream.add("b");

  await expect.poll(stream.batches, waiting).toEqual([["a", "b"]]);
});

test("records that are not sent are passed, and their position is kept", async () => {
  const stream = subscribe({ isSent: ({ eventID }) => eventID === "wanted" });
  stream.start();
  stream.add("a", "wanted", "b", "c");

  await expect.poll(() => stream.checkpoints[0], waiting).toMatch(/^4/);
  expect(stream.batches()).toEqual([["wanted"]]);
});

test("an event is not larger than Lambda accepts", async () => {
  const stream = subscribe();
  const big = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(1_000_000));
  stream.add(...big);
  stream.start();

  await expect.poll(() => stream.batches().flat(), waiting).toEqual(big);
  // A record has its key twice, so three records have 6 MB.
  expect(stream.batches().map((batch) => batch.length)).toEqual([3, 3, 2]);
});

test("a mapping whose position has expired continues with the oldest record, and says so", async () => {
  const stream = subscribe({}, [sequenceNumberOf(1, 0)]);
  stream.add("a", "b", "c", "d");
  stream.state.trimmed = 2;
  stream.start();

  await expect.poll(stream.batches, waiting).toEqual([["c", "d"]]);
  expect(stream.problems).toEqual([expect.stringContaining("trimmed")]);
});

test("the records of one item are in one lane", async () => {
  const stream = subscribe({ parallelization: 3, batchSize: 1 }, [null, null, null]);
  stream.add("a", "b", "c", "a", "b", "c", "a", "b", "c");
  stream.start();
  await expect.poll(() => stream.batches().length, waiting).toBe(9);

  await expect
    .poll(() => stream.checkpoints.map((each) => each?.slice(0, -20)), waiting)
    .toEqual(["9", "9", "9"]);
  const counts = Object.groupBy(stream.batches().flat(), (key) => key);
  expect(Object.values(counts).map((each) => each?.length)).toEqual([3, 3, 3]);
});

test("a closed mapping reads no more records", async () => {
  const stream = subscribe();
  const mapping = stream.start();
  stream.add("a");
  await expect.poll(stream.batches, waiting).toEqual([["a"]]);
  await mapping.close();
  stream.add("b");

  expect(stream.checkpoints[0]).toMatch(/^1/);
  expect(mapping.report).toEqual({ batches: 1, records: 1, failures: 0, discarded: 0 });
});
