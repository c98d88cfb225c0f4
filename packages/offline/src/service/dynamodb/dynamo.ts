/// <reference path="./dynalite.d.ts" />
import type { RequestListener } from "node:http";

import dynalite, { type Store, type Table } from "dynalite";
import inject from "light-my-request";

import type { HttpResponse } from "../../edge/front.ts";
import { OfflineError } from "../../ground/error.ts";
import { type Clock, SYSTEM_CLOCK } from "../../ground/clock.ts";
import { offlineCommand } from "../../ground/runner.ts";
import type { Origin } from "./streams/change.ts";
import { tablesIn, updateTable } from "./streams/store.ts";
import { StreamLog } from "./streams/stream-log.ts";
import { TimeToLive } from "./ttl.ts";

/** The input of `CreateTable`, without what offline does not support. */
export interface TableSettings {
  TableName: string;
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  KeySchema: KeySchema;
  GlobalSecondaryIndexes?: TableIndex[];
  LocalSecondaryIndexes?: TableIndex[];
  BillingMode: string;
}

/** The stream of a table. */
export interface StreamSettings {
  arn: string;
  label: string;
  viewType: string;
}

type KeySchema = { AttributeName: string; KeyType: string }[];

export interface TableIndex {
  IndexName: string;
  KeySchema: KeySchema;
  Projection: { ProjectionType: string; NonKeyAttributes?: string[] };
}

export interface DynamoOptions {
  clock?: Clock;
  /** The region in ARNs. */
  region?: string;
  /** Called with an error of the deletion of expired items and records. */
  onError?: (error: unknown) => void;
}

function rethrow(error: unknown): never {
  throw error;
}

/**
 * DynamoDB, emulated by dynalite, which stores the tables in `dir`. It does not listen on a port.
 */
export class Dynamo {
  readonly streams: StreamLog;
  readonly timeToLive: TimeToLive;
  readonly #server: ReturnType<typeof dynalite>;
  readonly #listener: RequestListener;
  readonly #opened: Promise<void>;

  constructor(dir: string, { clock = SYSTEM_CLOCK, region = "", onError }: DynamoOptions = {}) {
    const report = onError ?? rethrow;
    this.streams = new StreamLog(clock, () => this.#store, report);
    this.timeToLive = new TimeToLive(clock, () => this.#store, report);
    this.#server = dynalite({
      path: dir,
      createTableMs: 0,
      deleteTableMs: 0,
      updateTableMs: 0,
      beforeWrite: (table, key, before, after, origin) => {
        const record = this.streams.capture(table, before, after, origin as Origin);
        const expiry = this.timeToLive.capture(table, key, before, after);
        if (record === undefined && expiry.length === 0) return undefined;
        const operations = [...expiry, ...(record?.operations ?? [])];
        return { operations, done: () => record?.done() };
      },
    });
    if (region !== "") this.#store.tableDb.awsRegion = region;
    const [listener] = this.#server.listeners("request");
    this.#listener = listener as RequestListener;
    this.#opened = this.#openStreams();
  }

  get #store(): Store {
    return this.#server.store;
  }

  /** Returns all tables. */
  tables(): Promise<Table[]> {
    return tablesIn(this.#store);
  }

  async #openStreams(): Promise<void> {
    for (const { LatestStreamArn } of await this.tables()) {
      if (LatestStreamArn !== undefined) await this.streams.open(LatestStreamArn);
    }
  }

  /** Handles a request in the JSON protocol. `target` is the header `X-Amz-Target`. */
  async handle(target: string, body: Buffer): Promise<HttpResponse & { body: string }> {
    await this.#opened;
    const { statusCode, headers, payload } = await inject(this.#listener, {
      method: "POST",
      url: "/",
      headers: {
        host: "dynamodb.localhost",
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": target,
        "x-amz-date": "now",
        // dynalite requires a signature but does not verify it. The edge has verified the real one.
        authorization:
          "AWS4-HMAC-SHA256 Credential=offline/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
      },
      payload: body,
    });
    const names = ["content-type", "x-amz-crc32", "x-amzn-requestid"];
    return {
      status: statusCode,
      headers: Object.fromEntries(names.map((name) => [name, String(headers[name] ?? "")])),
      body: payload,
    };
  }

  /**
   * Creates the table if it does not exist, and turns its stream and Time to Live on or off. Throws `OfflineError`
   * (`table.changed`) if it exists with other keys or indexes, and `OfflineError` (`table.invalid`) for
   * settings that DynamoDB rejects.
   */
  async ensureTable(
    settings: TableSettings,
    { stream, ttl }: { stream?: StreamSettings | undefined; ttl?: string | undefined } = {},
  ): Promise<void> {
    await this.#ensureKeys(settings);
    if (stream) await this.streams.open(stream.arn);
    await updateTable(this.#store, settings.TableName, (table) => withStream(table, stream));
    await this.timeToLive.set(settings.TableName, ttl);
  }

  async #ensureKeys(settings: TableSettings): Promise<void> {
    const found = await this.#call("DescribeTable", { TableName: settings.TableName });
    if (found.status === 200) {
      const { Table: table } = JSON.parse(found.body) as { Table: TableSettings };
      if (shapeOf(table) === shapeOf(settings)) return;
      throw new OfflineError(
        "table.changed",
        `the keys or indexes of the table ${settings.TableName} have changed since this stage first started, and DynamoDB ` +
          `cannot change the keys of a table. Delete the data of the stage: ${offlineCommand("remove --stage <stage>")}`,
      );
    }
    const created = await this.#call("CreateTable", settings);
    if (created.status !== 200) {
      throw new OfflineError(
        "table.invalid",
        `the table ${settings.TableName} cannot be created: ${created.body}`,
      );
    }
    // dynalite creates a table in the background. With `createTableMs: 0`, it takes only a few
    // ticks.
    let status = "CREATING";
    while (status !== "ACTIVE") {
      await new Promise((resolve) => setImmediate(resolve));
      const { body } = await this.#call("DescribeTable", { TableName: settings.TableName });
      status = (JSON.parse(body) as { Table: { TableStatus: string } }).Table.TableStatus;
    }
  }

  /**
   * Closes the files. dynalite closes them when its server closes, and a server must listen before
   * it can close.
   */
  async close(): Promise<void> {
    await this.#opened;
    await this.timeToLive.close();
    await this.streams.close();
    this.#server.removeAllListeners("request");
    return new Promise((resolve, reject) => {
      this.#server.listen(0, "127.0.0.1", () =>
        this.#server.close((error) => (error ? reject(error) : resolve())),
      );
    });
  }

  #call(operation: string, input: unknown): Promise<HttpResponse & { body: string }> {
    return this.handle(`DynamoDB_20120810.${operation}`, Buffer.from(JSON.stringify(input)));
  }
}

function withStream(table: Table, stream: StreamSettings | undefined): Table {
  const { StreamSpecification: _, LatestStreamArn: __, LatestStreamLabel: ___, ...others } = table;
  if (stream === undefined) return others;
  return {
    ...others,
    StreamSpecification: { StreamEnabled: true, StreamViewType: stream.viewType },
    LatestStreamArn: stream.arn,
    LatestStreamLabel: stream.label,
  };
}

/** Returns the keys and indexes of a table in a form that can be compared. */
function shapeOf(table: TableSettings): string {
  const types = new Map(
    table.AttributeDefinitions.map(({ AttributeName, AttributeType }) => [
      AttributeName,
      AttributeType,
    ]),
  );
  const keys = (schema: KeySchema) =>
    schema.map((key) => `${key.KeyType} ${key.AttributeName} ${types.get(key.AttributeName)}`);
  const indexes = (kind: string, of: TableIndex[] = []) =>
    of.map((index) =>
      JSON.stringify([
        kind,
        index.IndexName,
        keys(index.KeySchema),
        index.Projection.ProjectionType,
        (index.Projection.NonKeyAttributes ?? []).toSorted(),
      ]),
    );
  return [
    ...keys(table.KeySchema),
    ...indexes("global", table.GlobalSecondaryIndexes).toSorted(),
    ...indexes("local", table.LocalSecondaryIndexes).toSorted(),
  ].join(" ");
}
