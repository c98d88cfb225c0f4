import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { StreamBench } from "./bench.ts";

const TABLE = `
const things = new sst.aws.Dynamo("Things", {
  fields: { pk: "string", sk: "string" },
  primaryIndex: { hashKey: "pk", rangeKey: "sk" },
  stream: "new-and-old-images",
});
const mapping = (args) => ({ transform: { eventSourceMapping: (inputs) => Object.assign(inputs, args) } });
`;
const INFRA = `${TABLE}
things.subscribe("All", "src/print.handler");
things.subscribe("Removed", "src/print.handler", { filters: [{ eventName: ["REMOVE"] }] });
const dead = new sst.aws.Queue("Discarded");
things.subscribe("Strict", {
  handler: "src/print.handler",
  permissions: [{ actions: ["sqs:SendMessage"], resources: [dead.arn] }],
}, mapping({
  maximumRetryAttempts: 1,
  functionResponseTypes: ["ReportBatchItemFailures"],
  destinationConfig: { onFailure: { destinationArn: dead.arn } },
}));
`;
const LATER = `things.subscribe("Latest", "src/print.handler");
things.subscribe("Oldest", "src/print.handler", mapping({ startingPosition: "TRIM_HORIZON", parallelizationFactor: 4, batchSize: 3 }));
`;

let bench: StreamBench;
beforeAll(async () => {
  bench = await StreamBench.start(INFRA);
});
afterAll(() => bench.close());

const waiting = { timeout: 30_000 };

test("a subscriber receives each change with the event of Lambda, in order", async () => {
  await bench.put("a");
  await bench.put("a", 2);
  await bench.remove("a");
  await expect
    .poll(() => bench.changes("All"), waiting)
    .toEqual(["INSERT a", "MODIFY a", "REMOVE a"]);

  const [first] = bench.batches("All").flat();
  const keys = { pk: { S: "p" }, sk: { S: "a" } };
  const { LatestStreamArn } = await bench.describe();
  expect(first).toEqual({
    eventID: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    eventName: "INSERT",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: "us-east-1",
    dynamodb: {
      ApproximateCreationDateTime: expect.closeTo(Date.now() / 1000, -2) as number,
      Keys: keys,
      NewImage: { ...keys, at: { N: "1" } },
      SequenceNumber: expect.stringMatching(/^\d{21,40}$/) as string,
      SizeBytes: 16,
      StreamViewType: "NEW_AND_OLD_IMAGES",
    },
    eventSourceARN: LatestStreamArn,
  });
});

test("subscribers are independent, and a filter selects records", async () => {
  await expect.poll(() => bench.changes("Removed"), waiting).toEqual(["REMOVE a"]);
  await expect
    .poll(() => bench.changes("Strict"), waiting)
    .toEqual(["INSERT a", "MODIFY a", "REMOVE a"]);
});

test("a batch that fails blocks its subscriber, and is discarded to the destination", async () => {
  await bench.put("fail");
  await bench.put("after");
  await expect.poll(() => bench.changes("Strict").at(-1), waiting).toBe("INSERT after");

  const tries = bench.changes("Strict").filter((change) => change === "INSERT fail");
  expect(tries).toHaveLength(2);
  const failed = bench
    .batches("Strict")
    .flat()
    .find(({ dynamodb }) => dynamodb.Keys.sk.S === "fail");
  const SequenceNumber = failed?.dynamodb.SequenceNumber;
  expect(await bench.receive("Discarded")).toMatchObject({
    requestContext: {
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      functionArn: expect.stringContaining(bench.functionName("Strict")) as string,
      condition: "RetryAttemptsExhausted",
      approximateInvokeCount: 2,
    },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: null },
    version: "1.0",
    DDBStreamBatchInfo: {
      shardId: expect.stringMatching(/^shardId-/) as string,
      startSequenceNumber: SequenceNumber,
      endSequenceNumber: expect.any(String) as string,
      approximateArrivalOfFirstRecord: expect.stringMatching(/^\d{4}-.*\d\dZ$/) as string,
      streamArn: failed?.["eventSourceARN"],
    },
  });
  expect(bench.changes("All")).toContain("INSERT after");
});

test("a restart continues, and new subscribers begin at their starting position", async () => {
  await bench.restart(`${INFRA}${LATER}`);
  await bench.put("b");
  await expect.poll(() => bench.changes("Oldest").length, waiting).toBe(6);
  await expect.poll(() => bench.changes("Latest"), waiting).toEqual(["INSERT b"]);
  await expect.poll(() => bench.changes("All"), waiting).toEqual(["INSERT b"]);

  const oldest = bench.changes("Oldest");
  expect(oldest.filter((change) => change.endsWith(" a"))).toEqual([
    "INSERT a",
    "MODIFY a",
    "REMOVE a",
  ]);
  expect(bench.batches("Oldest").every((batch) => batch.length <= 3)).toBe(true);
});

describe("a role that may not read the stream", () => {
  test.each(["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"])(
    "does not receive records without %s, and the denial is reported",
    async (name) => {
      const seen = bench.log.length;
      const [fn, action] = [bench.functionName("All"), `dynamodb:${name}`];
      await bench.control("withhold", [{ fn, action }]);
      // A read that has begun may still return this record.
      await bench.put(`before ${name}`);
      const problems = () =>
        bench.log.slice(seen).flatMap((event) => (event.type === "problem" ? event.message : []));
      await expect
        .poll(problems, waiting)
        .toContainEqual(
          expect.stringMatching(
            `^reading arn:.*Cannot access stream.*not authorized to perform: ${action}`,
          ),
        );
      await bench.put(`denied ${name}`);
      await expect
        .poll(() => bench.changes("Latest").at(-1), waiting)
        .toBe(`INSERT denied ${name}`);
      expect(bench.changes("All")).not.toContain(`INSERT denied ${name}`);

      await bench.control("withhold", []);
      await expect.poll(() => bench.changes("All").at(-1), waiting).toBe(`INSERT denied ${name}`);
    },
  );
});

test("injected faults only delay records", async () => {
  const rules = [
    { service: "dynamodb", operation: "GetRecords", kind: "throttle", rate: 1, times: 3 },
  ];
  await bench.control("faults", { rules });
  await bench.put("throttled");
  await expect.poll(() => bench.changes("All").at(-1), waiting).toBe("INSERT throttled");
  await bench.control("faults", { rules: [] });
});
