import type { RequestListener } from "node:http";

import dynalite from "dynalite";
import inject from "light-my-request";

import type { Answer } from "../../edge/front.ts";
import { OfflineError } from "../../ground/error.ts";
import { offlineCommand } from "../../ground/runner.ts";

/** A table as `CreateTable` describes it, less what a stage cannot have offline. */
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

/** DynamoDB, by dynalite: its tables are files in `dir`, and it has no port of its own. */
export class Dynamo {
  readonly #server: ReturnType<typeof dynalite>;
  readonly #listener: RequestListener;

  constructor(dir: string) {
    this.#server = dynalite({ path: dir, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
    const [listener] = this.#server.listeners("request");
    this.#listener = listener as RequestListener;
  }

  /** Answers one request of the JSON protocol. `target` is the `X-Amz-Target` header. */
  async handle(target: string, body: Buffer): Promise<Answer & { body: string }> {
    const { statusCode, headers, payload } = await inject(this.#listener, {
      method: "POST",
      url: "/",
      headers: {
        host: "dynamodb.localhost",
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": target,
        "x-amz-date": "now",
        // dynalite wants to see a signature; the edge has checked the real one.
        authorization:
          "AWS4-HMAC-SHA256 Credential=offline/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
      },
      payload: body,
    });
    const kept = ["content-type", "x-amz-crc32", "x-amzn-requestid"];
    return {
      status: statusCode,
      headers: Object.fromEntries(kept.map((name) => [name, String(headers[name] ?? "")])),
      body: payload,
    };
  }

  /**
   * Creates the table, unless it exists with the same keys and indexes. Throws `OfflineError` (`table.changed`) if it has
   * others: the keys of a table cannot be changed.
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
    const made = await this.#call("CreateTable", settings);
    if (made.status !== 200) {
      throw new OfflineError(
        "table.invalid",
        `the table ${settings.TableName} cannot be created: ${made.body}`,
      );
    }
    // dynalite creates a table in the background, in zero milliseconds.
    let status = "CREATING";
    while (status !== "ACTIVE") {
      await new Promise((resolve) => setImmediate(resolve));
      const { body } = await this.#call("DescribeTable", { TableName: settings.TableName });
      status = (JSON.parse(body) as { Table: { TableStatus: string } }).Table.TableStatus;
    }
  }

  /** dynalite closes its files when its server closes, and a server must listen before it can close. */
  close(): Promise<void> {
    this.#server.removeAllListeners("request");
    return new Promise((resolve, reject) => {
      this.#server.listen(0, "127.0.0.1", () =>
        this.#server.close((error) => (error ? reject(error) : resolve())),
      );
    });
  }

  #call(operation: string, input: unknown): Promise<Answer & { body: string }> {
    return this.handle(`DynamoDB_20120810.${operation}`, Buffer.from(JSON.stringify(input)));
  }
}

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
