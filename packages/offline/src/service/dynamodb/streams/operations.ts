import type { Table } from "dynalite";
import * as z from "zod";

import type { Clock } from "../../../ground/clock.ts";
import { decodeIterator, encodeIterator, ITERATOR_LIFETIME_MS } from "./iterator.ts";
import { positionOf, recordOf, sequenceNumberOf } from "./record.ts";
import type { StreamLog } from "./stream-log.ts";

/** An error of DynamoDB Streams. */
export class StreamsError extends Error {
  override readonly name = "StreamsError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface StreamsOptions {
  log: StreamLog;
  clock: Clock;
  region: string;
  /** Returns all tables. */
  tables: () => Promise<Table[]>;
}

type Operation = (input: unknown, options: StreamsOptions) => Promise<object>;

/** A stream has one shard, which stays open. */
export const SHARD_ID = "shardId-00000001700000000000-0ff11e00";

/** "GetRecords can retrieve a maximum of 1 MB of data or 1000 stream records, whichever comes first." */
export const MAX_RECORDS = 1000;
const MAX_BYTES = 1024 * 1024;

const limit = (max: number) => z.int().min(1).max(max).default(max);

const ListStreams = z.object({
  TableName: z.string().optional(),
  Limit: limit(100),
  ExclusiveStartStreamArn: z.string().optional(),
});
const DescribeStream = z.object({
  StreamArn: z.string(),
  Limit: limit(100),
  ExclusiveStartShardId: z.string().optional(),
});
const GetShardIterator = z.object({
  StreamArn: z.string(),
  ShardId: z.string(),
  ShardIteratorType: z.enum([
    "TRIM_HORIZON",
    "LATEST",
    "AT_SEQUENCE_NUMBER",
    "AFTER_SEQUENCE_NUMBER",
  ]),
  SequenceNumber: z.string().optional(),
});
const GetRecords = z.object({ ShardIterator: z.string(), Limit: limit(MAX_RECORDS) });

async function listStreams(input: unknown, { tables }: StreamsOptions) {
  const { TableName, Limit, ExclusiveStartStreamArn } = parse(ListStreams, input);
  const streams = (await tables())
    .filter((table) => TableName === undefined || table.TableName === TableName)
    .flatMap((table) => (table.LatestStreamArn === undefined ? [] : [streamOf(table)]))
    .toSorted((a, b) => (a.StreamArn < b.StreamArn ? -1 : 1))
    .filter(({ StreamArn }) => StreamArn > (ExclusiveStartStreamArn ?? ""));
  const page = streams.slice(0, Limit);
  return {
    Streams: page,
    ...(page.length < streams.length && { LastEvaluatedStreamArn: page.at(-1)?.StreamArn }),
  };
}

const streamOf = ({ TableName, LatestStreamArn = "", LatestStreamLabel }: Table) => ({
  StreamArn: LatestStreamArn,
  TableName,
  StreamLabel: LatestStreamLabel,
});

async function describeStream(input: unknown, options: StreamsOptions) {
  const { StreamArn, ExclusiveStartShardId } = parse(DescribeStream, input);
  const table = await tableOf(StreamArn, options);
  const [first] = await options.log.read(StreamArn, options.log.trimmed(StreamArn), 1);
  const starting = first
    ? sequenceNumberOf(first.position, first.change.at)
    : sequenceNumberOf(options.log.latest(StreamArn) + 1, 0);
  const shard = { ShardId: SHARD_ID, SequenceNumberRange: { StartingSequenceNumber: starting } };
  return {
    StreamDescription: {
      ...streamOf(table),
      StreamStatus: "ENABLED",
      StreamViewType: table.StreamSpecification?.StreamViewType,
      CreationRequestDateTime: Date.parse(`${table.LatestStreamLabel}Z`) / 1000,
      KeySchema: table.KeySchema,
      Shards: ExclusiveStartShardId === SHARD_ID ? [] : [shard],
    },
  };
}

async function getShardIterator(input: unknown, options: StreamsOptions) {
  const { StreamArn, ShardId, ShardIteratorType, SequenceNumber } = parse(GetShardIterator, input);
  const { log, clock } = options;
  await tableOf(StreamArn, options);
  if (ShardId !== SHARD_ID) {
    const message = `Requested resource not found: Shard does not exist: ${ShardId}`;
    throw new StreamsError("ResourceNotFoundException", message);
  }
  const trimmed = log.trimmed(StreamArn);
  const position = SequenceNumber === undefined ? undefined : positionOf(SequenceNumber);
  if (ShardIteratorType.endsWith("_SEQUENCE_NUMBER") && position === undefined) {
    throw new StreamsError("ValidationException", "Invalid SequenceNumber");
  }
  const after = {
    TRIM_HORIZON: trimmed,
    LATEST: log.latest(StreamArn),
    AT_SEQUENCE_NUMBER: (position ?? 1) - 1,
    AFTER_SEQUENCE_NUMBER: position ?? 0,
  }[ShardIteratorType];
  checkNotTrimmed(after, trimmed);
  const fromHorizon = ShardIteratorType === "TRIM_HORIZON";
  const issued = clock.now().getTime();
  return { ShardIterator: encodeIterator({ streamArn: StreamArn, after, fromHorizon, issued }) };
}

async function getRecords(input: unknown, options: StreamsOptions) {
  const { ShardIterator, Limit } = parse(GetRecords, input);
  const { log, clock, region } = options;
  const iterator = decodeIterator(ShardIterator);
  if (iterator === undefined) {
    throw new StreamsError("ValidationException", "Invalid ShardIterator");
  }
  const { streamArn, fromHorizon, issued } = iterator;
  await tableOf(streamArn, options);
  const now = clock.now().getTime();
  if (now - issued > ITERATOR_LIFETIME_MS) {
    throw new StreamsError("ExpiredIteratorException", "Iterator expired");
  }
  const trimmed = log.trimmed(streamArn);
  if (!fromHorizon) checkNotTrimmed(iterator.after, trimmed);
  const after = Math.max(iterator.after, trimmed);
  const records = [];
  let bytes = 0;
  let last = after;
  for (const stored of await log.read(streamArn, after, Limit)) {
    const record = recordOf(stored, streamArn, region);
    bytes += Buffer.byteLength(JSON.stringify(record));
    if (bytes > MAX_BYTES && records.length > 0) break;
    records.push(record);
    last = stored.position;
  }
  const isFromHorizon = fromHorizon && records.length === 0;
  const next = { streamArn, after: last, fromHorizon: isFromHorizon, issued: now };
  return { Records: records, NextShardIterator: encodeIterator(next) };
}

function checkNotTrimmed(after: number, trimmed: number): void {
  if (after >= trimmed) return;
  throw new StreamsError(
    "TrimmedDataAccessException",
    "The operation attempted to read past the oldest stream record in a shard.",
  );
}

async function tableOf(streamArn: string, { tables }: StreamsOptions): Promise<Table> {
  const table = (await tables()).find(({ LatestStreamArn }) => LatestStreamArn === streamArn);
  if (table) return table;
  const message = `Requested resource not found: Stream: ${streamArn} not found`;
  throw new StreamsError("ResourceNotFoundException", message);
}

function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new StreamsError("ValidationException", problems.join("; "));
}

/** The operations of DynamoDB Streams, by name. */
export const STREAM_OPERATIONS: Readonly<Record<string, Operation>> = {
  ListStreams: listStreams,
  DescribeStream: describeStream,
  GetShardIterator: getShardIterator,
  GetRecords: getRecords,
};
