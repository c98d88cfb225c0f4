import path from "node:path";

import { Sqlite } from "@waybill/sqlite";
import { type Engine, queueNameOf } from "./engine.ts";
import { queueDoesNotExist } from "./error.ts";
import { InFlight } from "./in-flight.ts";
import { MAX_IN_FLIGHT } from "./limits.ts";
import { MoveTasks } from "./move-tasks.ts";
import { operationOf } from "./operations/index.ts";
import { sourceOfHandle } from "./operations/move.ts";
import { ensureQueue } from "./operations/queues.ts";
import { sendDirectly } from "./operations/send.ts";
import { Polls } from "./polls.ts";
import { Retention } from "./retention.ts";
import { Messages } from "./store/messages.ts";
import { MoveTaskRecords } from "./store/move-task-records.ts";
import { Queues } from "./store/queues.ts";
import { FORMAT, SCHEMA } from "./store/schema.ts";

export interface SqsOptions {
  /**
   * The folder for the data. It is created if it does not exist. One process at a time can open it.
   */
  dir: string;
  region: string;
  accountId: string;
  /** Replaces the system clock in tests. Call `clockMoved` after each change. */
  clock?: () => Date;
}

export interface SqsRequest {
  /** Such as `ReceiveMessage`. */
  operation: string;
  /** The input as in the JSON protocol; not validated. */
  input: Record<string, unknown>;
  /** Such as `http://127.0.0.1:4599`. The URL of a queue is `<endpoint>/<account>/<name>`. */
  endpoint: string;
  /** Aborted when the client disconnects: a waiting receive then ends and takes no message. */
  signal: AbortSignal;
  /** The `SenderId` of sent messages. Default: the account id, as for the root user. */
  senderId?: string;
}

/** The number of messages by state, and the age of the oldest. */
export interface QueueDepth {
  visible: number;
  inFlight: number;
  delayed: number;
  oldestSeconds: number;
}

/**
 * The standard queues of one account in one Region, kept in one file. FIFO queues are not
 * supported.
 */
export interface Sqs {
  /**
   * Creates the queue, or applies the attributes to an existing queue and keeps its messages.
   * Attributes have SQS's names and text values; those that are not given get their defaults.
   * Existing tags are kept if none are given.
   *
   * Throws `SqsError` as CreateQueue does.
   */
  ensureQueue(
    name: string,
    attributes: Record<string, string>,
    tags?: Record<string, string>,
  ): { arn: string };
  /**
   * Returns the output of an operation as in the JSON protocol. Rejects with `SqsError` as SQS
   * does.
   */
  handle(request: SqsRequest): Promise<Record<string, unknown>>;
  /**
   * Sends a message without a request. It is stored when the call returns. `delaySeconds` defaults
   * to the delay of the queue.
   *
   * Throws `SqsError`: `QueueDoesNotExist`, or as SendMessage does.
   */
  send(queueArn: string, body: string, delaySeconds?: number): { messageId: string };
  /** Throws `SqsError` `QueueDoesNotExist`. */
  depth(queueArn: string): QueueDepth;
  /** Returns the ARNs of the queues that use this queue as their dead-letter queue. */
  redriveSourcesOf(queueArn: string): string[];
  /**
   * Returns the ARN of the source queue of a message move task; `undefined` if the handle is not
   * valid.
   */
  moveTaskSourceOf(taskHandle: string): string | undefined;
  /** Finds a queue by its URL or its name. */
  queueOf(urlOrName: string): { arn: string; name: string; policy?: string } | undefined;
  /**
   * Makes all messages in flight visible: after a crash their consumers no longer exist. Receive
   * counts are kept.
   */
  releaseInFlight(): void;
  /** Does what became due by a change of the injected clock. */
  clockMoved(): void;
  /**
   * Ends waiting receives without a message, stops message move tasks and closes the file. Further
   * calls do nothing.
   */
  close(): void;
}

/**
 * Opens the queues in `dir`.
 *
 * Throws `StoreError`: `store.in_use` if another process has them open, `store.unreadable`,
 * `store.other_format`.
 */
export function openSqs({ dir, region, accountId, clock }: SqsOptions): Sqs {
  const now = clock === undefined ? Date.now : () => clock().getTime();
  const arnOf = (name: string) => `arn:aws:sqs:${region}:${accountId}:${name}`;
  const database = new Sqlite({ file: path.join(dir, "sqs.db"), schema: SCHEMA, format: FORMAT });
  const messages = new Messages(database);
  const queues = new Queues(database, arnOf);
  const retention = new Retention(database, messages, now);
  const inFlight = new InFlight(MAX_IN_FLIGHT, ({ id }) => messages.counts(id, now()).inFlight);
  const polls = new Polls({ now, nextVisible: ({ id }) => messages.nextVisible(id, now()) });
  const moveTaskRecords = new MoveTaskRecords(database);
  const shared = { now, database, messages, queues, retention, polls, moveTaskRecords };
  const moveTasks = new MoveTasks(shared);
  const engine: Engine = { ...shared, inFlight, accountId, moveTasks, arnOf };

  const existing = (arn: string) => {
    const queue = queues.findByArn(arn);
    if (!queue) throw queueDoesNotExist();
    return queue;
  };

  return {
    ensureQueue(name, attributes, tags) {
      const given = new Map(Object.entries(attributes));
      const givenTags = tags === undefined ? undefined : new Map(Object.entries(tags));
      return { arn: ensureQueue(engine, name, given, givenTags).arn };
    },
    async handle({ operation, input, endpoint, signal, senderId = accountId }) {
      return operationOf(operation)(engine, input, { endpoint, signal, senderId });
    },
    send(queueArn, body, delaySeconds) {
      const message = { body, senderId: accountId };
      const delay = delaySeconds === undefined ? {} : { delaySeconds };
      return { messageId: sendDirectly(engine, existing(queueArn), { ...message, ...delay }) };
    },
    depth(queueArn) {
      const queue = existing(queueArn);
      retention.sweep(queue);
      const oldest = messages.oldest(queue.id);
      const age = oldest === undefined ? 0 : Math.max(0, now() - oldest);
      return { ...messages.counts(queue.id, now()), oldestSeconds: Math.floor(age / 1000) };
    },
    redriveSourcesOf: (queueArn) => queues.sourcesOf(queueArn).map(({ arn }) => arn),
    moveTaskSourceOf: sourceOfHandle,
    queueOf(urlOrName) {
      const name = queueNameOf(accountId, urlOrName);
      const queue = name === undefined ? undefined : queues.find(name);
      if (!queue) return undefined;
      const { policy } = queue.settings;
      return { arn: queue.arn, name: queue.name, ...(policy === undefined ? {} : { policy }) };
    },
    releaseInFlight() {
      messages.release(now());
      for (const queue of queues.all()) polls.wake(queue);
    },
    clockMoved() {
      moveTasks.recheck();
      polls.recheck();
    },
    close() {
      moveTasks.close();
      polls.close();
      database.close();
    },
  };
}
