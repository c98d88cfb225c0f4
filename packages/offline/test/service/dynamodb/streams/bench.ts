import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import {
  DeleteItemCommand,
  DescribeTableCommand,
  PutItemCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { GetQueueUrlCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import * as z from "zod";

import type { Credentials } from "../../../../src/edge/credentials.ts";
import { type Stack, type StackEvent, startStack } from "../../../../src/index.ts";
import { type App, makeApp } from "../../../app.ts";
import { clientsOf } from "../../../clients.ts";
import type { ManualClock } from "../../events/manual-clock.ts";

/** Prints its event, and fails for items whose `sk` says so. */
const HANDLER = `
export const handler = async ({ Records }) => {
  const fn = process.env.AWS_LAMBDA_FUNCTION_NAME;
  console.log(JSON.stringify({ fn, Records }));
  const skOf = (record) => record.dynamodb?.Keys.sk.S ?? record.body;
  if (Records.some((record) => skOf(record) === "throw")) throw new Error("on purpose");
  const failed = Records.filter((record) => skOf(record) === "fail");
  return { batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })) };
};
`;

const Line = z.object({
  fn: z.string(),
  Records: z.array(
    z.looseObject({
      eventName: z.string(),
      dynamodb: z.looseObject({
        Keys: z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) }),
        SequenceNumber: z.string(),
      }),
    }),
  ),
});

/** A running app with a table, whose stream has subscribers. */
export class StreamBench {
  readonly app: App;
  clock: ManualClock | undefined;
  log: StackEvent[] = [];
  stack: Stack;

  private constructor(app: App, stack: Stack, log: StackEvent[], clock: ManualClock | undefined) {
    this.app = app;
    this.stack = stack;
    this.log = log;
    this.clock = clock;
  }

  /** `infra` is the text of the resources, with the table `things`. */
  static async start(infra: string, clock?: ManualClock): Promise<StreamBench> {
    const app = await makeApp({ "infra/app.ts": infra, "src/print.ts": HANDLER });
    const log: StackEvent[] = [];
    return new StreamBench(app, await StreamBench.#startStack(app, log, clock), log, clock);
  }

  static #startStack(app: App, log: StackEvent[], clock: ManualClock | undefined): Promise<Stack> {
    return startStack({
      root: app.root,
      stage: "streams",
      port: 0,
      retrySeconds: 0,
      workers: 2,
      polling: true,
      ...(clock && { clock }),
      onEvent: (event) => log.push(event),
    });
  }

  /** Stops the stack, and starts it again, with other resources if `infra` is set. */
  async restart(infra?: string): Promise<void> {
    await this.stack.close();
    if (infra !== undefined) this.app.write("infra/app.ts", infra);
    this.log = [];
    this.stack = await StreamBench.#startStack(this.app, this.log, this.clock);
  }

  async close(): Promise<void> {
    await this.stack.close();
    this.app.remove();
  }

  get clients() {
    return clientsOf(this.stack.env);
  }

  streamsOf(credentials: Credentials = this.stack.owner): DynamoDBStreamsClient {
    const { endpoint, graph } = this.stack;
    return new DynamoDBStreamsClient({
      endpoint,
      region: graph.region,
      credentials,
      maxAttempts: 1,
    });
  }

  get TableName(): string {
    return this.stack.plan.tables[0]?.TableName ?? "";
  }

  async describe(): Promise<TableDescription> {
    const { TableName } = this;
    const { Table } = await this.clients.dynamodb.send(new DescribeTableCommand({ TableName }));
    return Table ?? {};
  }

  async put(sk: string, at = 1, pk = "p"): Promise<void> {
    const Item = { pk: { S: pk }, sk: { S: sk }, at: { N: String(at) } };
    await this.clients.dynamodb.send(new PutItemCommand({ TableName: this.TableName, Item }));
  }

  async remove(sk: string, pk = "p"): Promise<void> {
    const Key = { pk: { S: pk }, sk: { S: sk } };
    await this.clients.dynamodb.send(new DeleteItemCommand({ TableName: this.TableName, Key }));
  }

  /** The events that functions have printed whose name contains `fn`. */
  batches(fn: string) {
    return this.log.flatMap((event) => {
      if (event.type !== "log" || !event.line.startsWith('{"fn"')) return [];
      const line = Line.parse(JSON.parse(event.line));
      return line.fn.includes(fn) ? [line.Records] : [];
    });
  }

  /** What happened to which items: `INSERT a`. */
  changes(fn: string): string[] {
    return this.batches(fn)
      .flat()
      .map(({ eventName, dynamodb }) => `${eventName} ${dynamodb.Keys.sk.S}`);
  }

  get problems(): string[] {
    return this.log.flatMap((event) => (event.type === "problem" ? event.message : []));
  }

  /** Receives a message, and deletes nothing. */
  async receive(name: string): Promise<unknown> {
    const { sqs } = this.clients;
    const QueueName = this.stack.plan.queues.find((queue) => queue.name.includes(name))?.name;
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    const { Messages: [message] = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, VisibilityTimeout: 3600 }),
    );
    return message?.Body === undefined ? undefined : JSON.parse(message.Body);
  }

  async control(command: string, input?: unknown): Promise<unknown> {
    const response = await fetch(`${this.stack.endpoint}/_offline/${command}`, {
      method: "POST",
      headers: { "x-offline-token": this.stack.token },
      body: input === undefined ? "" : JSON.stringify(input),
    });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  }

  /** The name of a function. */
  functionName(id: string): string {
    return this.stack.plan.functions.find(({ name }) => name.includes(id))?.name ?? "";
  }

  async credentialsOf(id: string): Promise<Credentials> {
    const all = z
      .array(z.object({ name: z.string(), accessKeyId: z.string(), secretAccessKey: z.string() }))
      .parse(await this.control("credentials"));
    const found = all.find(({ name }) => name.includes(id));
    if (found === undefined) throw new Error(`the function ${id} does not exist`);
    return found;
  }
}
