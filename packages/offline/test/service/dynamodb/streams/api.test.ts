import { CreateTableCommand, PutItemCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type ShardIteratorType,
} from "@aws-sdk/client-dynamodb-streams";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { ManualClock } from "../../events/manual-clock.ts";
import { StreamBench } from "./bench.ts";

const INFRA = `
const things = new sst.aws.Dynamo("Things", {
  fields: { pk: "string", sk: "string" },
  primaryIndex: { hashKey: "pk", rangeKey: "sk" },
  stream: "new-image",
});
new sst.aws.Function("Allowed", {
  handler: "src/print.handler",
  permissions: [
    { actions: ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"], resources: [things.nodes.table.streamArn] },
    { actions: ["dynamodb:ListStreams"], resources: ["*"] },
  ],
});
new sst.aws.Function("Denied", { handler: "src/print.handler" });
`;

const clock = new ManualClock("2026-11-27T08:00:00Z");
let bench: StreamBench;
let StreamArn: string;
beforeAll(async () => {
  bench = await StreamBench.start(INFRA, clock);
  StreamArn = (await bench.describe()).LatestStreamArn ?? "";
  await bench.put("a");
  await bench.put("b", 2);
  await bench.remove("a");
});
afterAll(() => bench.close());

async function shardId(): Promise<string> {
  const { StreamDescription } = await bench
    .streamsOf()
    .send(new DescribeStreamCommand({ StreamArn }));
  return StreamDescription?.Shards?.[0]?.ShardId ?? "";
}

async function iteratorOf(ShardIteratorType: ShardIteratorType, SequenceNumber?: string) {
  const { ShardIterator } = await bench.streamsOf().send(
    new GetShardIteratorCommand({
      StreamArn,
      ShardId: await shardId(),
      ShardIteratorType,
      SequenceNumber,
    }),
  );
  return ShardIterator ?? "";
}

async function read(ShardIterator: string, Limit?: number) {
  const { Records = [], NextShardIterator = "" } = await bench
    .streamsOf()
    .send(new GetRecordsCommand({ ShardIterator, Limit }));
  const changes = Records.map(
    ({ eventName, dynamodb }) => `${eventName} ${dynamodb?.Keys?.["sk"]?.S}`,
  );
  const numbers = Records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? "");
  return { Records, changes, numbers, next: NextShardIterator };
}

test("DescribeTable has the stream, as the app's graph does", async () => {
  const table = await bench.describe();

  expect(table).toMatchObject({
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    LatestStreamLabel: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/) as string,
    LatestStreamArn: `${table.TableArn}/stream/${table.LatestStreamLabel}`,
  });
});

test("ListStreams and DescribeStream describe it", async () => {
  const { TableName } = bench;
  const client = bench.streamsOf();
  const { Streams } = await client.send(new ListStreamsCommand({ TableName }));
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));

  expect(Streams).toEqual([{ StreamArn, TableName, StreamLabel: StreamArn.split("/").at(-1) }]);
  expect(StreamDescription).toMatchObject({
    StreamArn,
    TableName,
    StreamStatus: "ENABLED",
    StreamViewType: "NEW_IMAGE",
    CreationRequestDateTime: expect.any(Date) as Date,
    KeySchema: [{ AttributeName: "pk" }, { AttributeName: "sk" }],
    Shards: [
      {
        ShardId: expect.stringMatching(/^shardId-\d{20}-[0-9a-f]{8}$/) as string,
        SequenceNumberRange: {
          StartingSequenceNumber: expect.stringMatching(/^\d{21}$/) as string,
        },
      },
    ],
  });
  expect((await client.send(new ListStreamsCommand({ TableName: "other" }))).Streams).toEqual([]);
});

test("GetRecords pages through the records in order", async () => {
  const first = await read(await iteratorOf("TRIM_HORIZON"), 2);
  const second = await read(first.next);
  const third = await read(second.next);

  expect(first.changes).toEqual(["INSERT a", "INSERT b"]);
  expect(second.changes).toEqual(["REMOVE a"]);
  expect(third.changes).toEqual([]);
  expect(first.Records[0]).toEqual({
    eventID: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    eventName: "INSERT",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: "us-east-1",
    dynamodb: {
      ApproximateCreationDateTime: new Date("2026-11-27T08:00:00Z"),
      Keys: { pk: { S: "p" }, sk: { S: "a" } },
      NewImage: { pk: { S: "p" }, sk: { S: "a" }, at: { N: "1" } },
      SequenceNumber: first.numbers[0],
      SizeBytes: 16,
      StreamViewType: "NEW_IMAGE",
    },
  });
  const numbers = [...first.numbers, ...second.numbers].map(BigInt);
  expect(numbers).toEqual(numbers.toSorted((a, b) => (a < b ? -1 : 1)));
});

test("an iterator begins at, after, or behind all records", async () => {
  const { numbers } = await read(await iteratorOf("TRIM_HORIZON"));
  const latest = await iteratorOf("LATEST");

  expect((await read(await iteratorOf("AT_SEQUENCE_NUMBER", numbers[1]))).changes).toEqual([
    "INSERT b",
    "REMOVE a",
  ]);
  expect((await read(await iteratorOf("AFTER_SEQUENCE_NUMBER", numbers[1]))).changes).toEqual([
    "REMOVE a",
  ]);
  expect((await read(latest)).changes).toEqual([]);
  await bench.put("c");
  expect((await read(latest)).changes).toEqual(["INSERT c"]);
});

describe("rejects", () => {
  test("an unknown stream and shard", async () => {
    const client = bench.streamsOf();
    const other = StreamArn.replace(/\d$/, "9");
    await expect(
      client.send(new DescribeStreamCommand({ StreamArn: other })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    const request = {
      StreamArn,
      ShardId: "shardId-00000000000000000000-00000000",
      ShardIteratorType: "LATEST",
    } as const;
    await expect(client.send(new GetShardIteratorCommand(request))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("an iterator and a sequence number that are not valid", async () => {
    await expect(read(`${StreamArn}|1|nonsense`)).rejects.toMatchObject({
      name: "ValidationException",
    });
    await expect(iteratorOf("AT_SEQUENCE_NUMBER", "1")).rejects.toMatchObject({
      name: "ValidationException",
    });
    await expect(iteratorOf("AFTER_SEQUENCE_NUMBER")).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  test("a limit above 1000", async () => {
    await expect(read(await iteratorOf("TRIM_HORIZON"), 1001)).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  test("the change of a stream by a client, with a reason", async () => {
    const { TableName } = bench;
    const request = { TableName, StreamSpecification: { StreamEnabled: false } };
    await expect(
      bench.clients.dynamodb.send(new UpdateTableCommand(request)),
    ).rejects.toMatchObject({ message: expect.stringContaining("StreamSpecification") });
  });
});

test("a role needs permission for each operation", async () => {
  const denied = bench.streamsOf(await bench.credentialsOf("Denied"));
  const allowed = bench.streamsOf(await bench.credentialsOf("Allowed"));
  const shard = { StreamArn, ShardId: await shardId(), ShardIteratorType: "LATEST" } as const;
  const ShardIterator = await iteratorOf("TRIM_HORIZON");
  for (const [action, send] of [
    ["ListStreams", (by: typeof denied) => by.send(new ListStreamsCommand({}))],
    ["DescribeStream", (by: typeof denied) => by.send(new DescribeStreamCommand({ StreamArn }))],
    ["GetShardIterator", (by: typeof denied) => by.send(new GetShardIteratorCommand(shard))],
    ["GetRecords", (by: typeof denied) => by.send(new GetRecordsCommand({ ShardIterator }))],
  ] as const) {
    await expect(send(denied)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining(`not authorized to perform: dynamodb:${action}`) as string,
    });
    await expect(send(allowed)).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  }
});

test("a table that a client creates has a stream", async () => {
  const { dynamodb } = bench.clients;
  const { TableDescription } = await dynamodb.send(
    new CreateTableCommand({
      TableName: "own",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" },
    }),
  );
  const put = () =>
    dynamodb.send(new PutItemCommand({ TableName: "own", Item: { pk: { S: "x" } } }));
  await expect.poll(put, { timeout: 10_000 }).toMatchObject({ $metadata: { httpStatusCode: 200 } });
  const ShardId = await shardId();
  const client = bench.streamsOf();
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamArn: TableDescription?.LatestStreamArn,
      ShardId,
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  const { Records } = await client.send(new GetRecordsCommand({ ShardIterator }));

  expect(Records).toMatchObject([{ dynamodb: { StreamViewType: "KEYS_ONLY", SizeBytes: 3 } }]);
});

test("an iterator expires after 15 minutes, and a record after 24 hours", async () => {
  const { numbers } = await read(await iteratorOf("TRIM_HORIZON"));
  const iterator = await iteratorOf("TRIM_HORIZON");
  clock.moveTo("2026-11-27T08:15:01Z");
  await expect(read(iterator)).rejects.toMatchObject({ name: "ExpiredIteratorException" });

  await bench.put("late");
  clock.moveTo("2026-11-28T08:10:00Z");
  await expect
    .poll(async () => (await read(await iteratorOf("TRIM_HORIZON"))).changes, { timeout: 20_000 })
    .toEqual(["INSERT late"]);
  await expect(iteratorOf("AT_SEQUENCE_NUMBER", numbers[0])).rejects.toMatchObject({
    name: "TrimmedDataAccessException",
  });
});
