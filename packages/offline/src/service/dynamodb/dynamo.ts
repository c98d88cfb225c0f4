/// <reference path="./dynalite.d.ts" />
import type { RequestListener } from "node:http";

import dynalite from "dynalite";
import inject from "light-my-request";

import type { HttpResponse } from "../../edge/front.ts";
import { OfflineError } from "../../ground/error.ts";
import { offlineCommand } from "../../ground/runner.ts";

/** The input of `CreateTable`, without what offline does not support. */
export interface TableSettings {
  TableName: string;
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  KeySchema: KeySchema;
  GlobalSecondaryIndexes?: TableIndex[];
  LocalSecondaryIndexes?: TableIndex[];
  BillingMode: string;
}

type KeySchema = { AttributeName: string; KeyType: string }[];

export interface TableIndex {
  IndexName: string;
  KeySchema: KeySchema;
  Projection: { ProjectionType: string; NonKeyAttributes?: string[] };
}

/**
 * DynamoDB, emulated by dynalite, which stores the tables in `dir`. It does not listen on a port.
 */
export class Dynamo {
  readonly #server: ReturnType<typeof dynalite>;
  readonly #listener: RequestListener;

  constructor(dir: string) {
    this.#server = dynalite({ path: dir, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    const [listener] = this.#server.listeners("request");
    this.#listener = listener as RequestListener;
  }

  /** Handles a request in the JSON protocol. `target` is the header `X-Amz-Target`. */
  async handle(target: string, body: Buffer): Promise<HttpResponse & { body: string }> {
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
   * Creates the table if it does not exist. Throws `OfflineError` (`table.changed`) if it exists
   * with other keys or indexes, and `OfflineError` (`table.invalid`) for settings that DynamoDB
   * rejects.
   */
  async ensureTable(settings: TableSettings): Promise<void> {
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
  close(): Promise<void> {
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
