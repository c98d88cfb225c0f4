import path from "node:path";

import type { Call, Engine } from "./engine.ts";
import { queueNameOf } from "./engine.ts";
import { invalidAction, queueDoesNotExist, unsupportedOperation } from "./error.ts";
import { InFlight, MAX_IN_FLIGHT } from "./in-flight.ts";
import type { Input } from "./input.ts";
import { MoveTasks } from "./move-tasks.ts";
import {
  cancelMessageMoveTask,
  listMessageMoveTasks,
  sourceOfHandle,
  startMessageMoveTask,
} from "./operations/move.ts";
import {
  createQueue,
  deleteQueue,
  ensureQueue,
  getQueueAttributes,
  getQueueUrl,
  listDeadLetterSourceQueues,
  listQueues,
  listQueueTags,
  purgeQueue,
  setQueueAttributes,
  tagQueue,
  untagQueue,
} from "./operations/queues.ts";
import { receiveMessage } from "./operations/receive.ts";
import { sendInside, sendMessage, sendMessageBatch } from "./operations/send.ts";
import {
  changeMessageVisibility,
  changeMessageVisibilityBatch,
  deleteMessage,
  deleteMessageBatch,
} from "./operations/settle.ts";
import { Polls } from "./polls.ts";
import { Retention } from "./retention.ts";
import { Sqlite } from "@waybill/sqlite";
import { Messages } from "./store/messages.ts";
import { MoveTaskRecords } from "./store/move-task-records.ts";
import { Queues } from "./store/queues.ts";
import { FORMAT, SCHEMA } from "./store/schema.ts";

export { SqsError } from "./error.ts";
export { serve, type TestServer } from "./serve.ts";
export { parseSqsRequest, type Protocol, protocolOf, renderSqsResponse } from "./protocol.ts";

export interface SqsOptions {
  /** Where the queues live; made if it is not there. */
  dir: string;
  region: string;
  accountId: string;
  clock?: () => Date;
}

export interface SqsRequest {
  /** Such as `ReceiveMessage`. */
  operation: string;
  /** As the JSON protocol writes it; not yet validated. */
  input: Record<string, unknown>;
  /** Such as `http://127.0.0.1:4599`: the URL of a queue is `<endpoint>/<account>/<name>`. */
  endpoint: string;
  /** Aborts when the client goes away: a waiting receive then ends and takes nothing. */
  signal: AbortSignal;
  /** What consumers see as `SenderId`; without it the account, as for its root user. */
  senderId?: string;
}

/** The number of messages by state, and how long ago the oldest was sent. */
interface QueueDepth {
  visible: number;
  inFlight: number;
  delayed: number;
  oldestSeconds: number;
}

/** The standard queues of one account in one region, kept in one file. FIFO queues are refused. */
export interface Sqs {
  /**
   * Makes the queue, or brings the one that is there to these attributes (SQS's names, values as text; what is not
   * named has its default). Its messages stay. Tags are left alone where they are not given.
   *
   * @throws SqsError as CreateQueue does.
   */
  ensureQueue(
    name: string,
    attributes: Record<string, string>,
    tags?: Record<string, string>,
  ): { arn: string };
  /** @returns the output as the JSON protocol writes it. @throws SqsError what SQS refuses. */
  handle(request: SqsRequest): Promise<Record<string, unknown>>;
  /**
   * Sends for a service inside the stack; durable when it returns.
   *
   * @param delaySeconds 0 to 900; the queue's own delay where it is not given.
   * @throws SqsError `QueueDoesNotExist`, or what SendMessage refuses.
   */
  send(queueArn: string, body: string, delaySeconds?: number): { messageId: string };
  /** @throws SqsError `QueueDoesNotExist`. */
  depth(queueArn: string): QueueDepth;
  /** The ARNs of the queues whose dead letters go to this one. */
  redriveSourcesOf(queueArn: string): string[];
  /** The ARN of the queue that a message move task empties, by the task's handle. */
  moveTaskSourceOf(taskHandle: string): string | undefined;
  queueOf(urlOrName: string): { arn: string; name: string; policy?: string } | undefined;
  /** For the start after a crash, when nobody holds what was in flight: shows it at once. Receive counts stay. */
  releaseInFlight(): void;
  /** Tells that an injected clock has moved: whatever fell due happens now. */
  clockMoved(): void;
  /** Ends waiting receives with nothing, and background work where it is. */
  close(): void;
}

type Handler = (
  engine: Engine,
  input: Input,
  call: Call,
) => Record<string, unknown> | Promise<Record<string, unknown>>;

const unsupported =
  (operation: string): Handler =>
  () => {
    throw unsupportedOperation(
      `${operation} is not supported offline. Set the attribute Policy with SetQueueAttributes instead.`,
    );
  };

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["AddPermission", unsupported("AddPermission")],
  ["CancelMessageMoveTask", cancelMessageMoveTask],
  ["ChangeMessageVisibility", changeMessageVisibility],
  ["ChangeMessageVisibilityBatch", changeMessageVisibilityBatch],
  ["CreateQueue", createQueue],
  ["DeleteMessage", deleteMessage],
  ["DeleteMessageBatch", deleteMessageBatch],
  ["DeleteQueue", deleteQueue],
  ["GetQueueAttributes", getQueueAttributes],
  ["GetQueueUrl", getQueueUrl],
  ["ListDeadLetterSourceQueues", listDeadLetterSourceQueues],
  ["ListMessageMoveTasks", listMessageMoveTasks],
  ["ListQueueTags", listQueueTags],
  ["ListQueues", listQueues],
  ["PurgeQueue", purgeQueue],
  ["ReceiveMessage", receiveMessage],
  ["RemovePermission", unsupported("RemovePermission")],
  ["SendMessage", sendMessage],
  ["SendMessageBatch", sendMessageBatch],
  ["SetQueueAttributes", setQueueAttributes],
  ["StartMessageMoveTask", startMessageMoveTask],
  ["TagQueue", tagQueue],
  ["UntagQueue", untagQueue],
]);

/**
 * Opens the queues of `dir`; one process at a time.
 *
 * @throws StoreError `store.in_use`, `store.unreadable`, `store.other_format`.
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
    redriveSourcesOf: (queueArn) => queues.sourcesOf(queueArn).map(({ arn }) => arn),
    moveTaskSourceOf: sourceOfHandle,
    ensureQueue(name, attributes, tags) {
      const given = new Map(Object.entries(attributes));
      const wanted = tags === undefined ? undefined : new Map(Object.entries(tags));
      return { arn: ensureQueue(engine, name, given, wanted).arn };
    },
    async handle({ operation, input, endpoint, signal, senderId = accountId }) {
      const handler = HANDLERS.get(operation);
      if (!handler) throw invalidAction(operation);
      return handler(engine, input, { endpoint, signal, senderId });
    },
    send(queueArn, body, delaySeconds) {
      const message = { body, senderId: accountId };
      const delay = delaySeconds === undefined ? {} : { delaySeconds };
      return { messageId: sendInside(engine, existing(queueArn), { ...message, ...delay }) };
    },
    depth(queueArn) {
      const queue = existing(queueArn);
      retention.sweep(queue);
      const oldest = messages.oldest(queue.id);
      const age = oldest === undefined ? 0 : Math.max(0, now() - oldest);
      return { ...messages.counts(queue.id, now()), oldestSeconds: Math.floor(age / 1000) };
    },
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
