import type { Sqlite } from "@waybill/sqlite";
import { invalidAddress, queueDoesNotExist } from "./error.ts";
import type { Messages } from "./store/messages.ts";
import type { InFlight } from "./in-flight.ts";
import type { MoveTasks } from "./move-tasks.ts";
import type { MoveTaskRecords } from "./store/move-task-records.ts";
import type { Polls } from "./polls.ts";
import type { Queue, Queues } from "./store/queues.ts";
import type { Retention } from "./retention.ts";

/** The parts that the operations share. */
export interface Engine {
  accountId: string;
  /** Milliseconds since 1970, by the injected clock. */
  now: () => number;
  database: Sqlite;
  queues: Queues;
  messages: Messages;
  retention: Retention;
  inFlight: InFlight;
  polls: Polls;
  moveTasks: MoveTasks;
  moveTaskRecords: MoveTaskRecords;
  arnOf: (name: string) => string;
}

/** The circumstances of a request. */
export interface Call {
  endpoint: string;
  signal: AbortSignal;
  senderId: string;
}

export const queueUrl = ({ accountId }: Engine, { endpoint }: Call, name: string) =>
  `${endpoint}/${accountId}/${name}`;

/** Returns the name in a queue URL, or the name itself. Ignores the host: there is one endpoint. */
export function queueNameOf(accountId: string, urlOrName: string): string | undefined {
  const [name, account] = urlOrName.split("/").toReversed();
  return account === undefined || account === accountId ? name : undefined;
}

/**
 * Returns the queue of a URL or name. Throws `SqsError` `QueueDoesNotExist` or `InvalidAddress`.
 */
export function queueAt({ accountId, queues }: Engine, urlOrName: string): Queue {
  const name = queueNameOf(accountId, urlOrName);
  if (name === "") throw invalidAddress(urlOrName);
  const queue = name === undefined ? undefined : queues.find(name);
  if (!queue) throw queueDoesNotExist();
  return queue;
}
