import type { Call, Engine } from "../engine.ts";
import { invalidAction, unsupportedOperation } from "../error.ts";
import type { Input } from "../input.ts";
import { getQueueAttributes, setQueueAttributes } from "./attributes.ts";
import { deleteMessage, deleteMessageBatch } from "./delete.ts";
import { cancelMessageMoveTask, listMessageMoveTasks, startMessageMoveTask } from "./move.ts";
import {
  createQueue,
  deleteQueue,
  getQueueUrl,
  listDeadLetterSourceQueues,
  listQueues,
  purgeQueue,
} from "./queues.ts";
import { receiveMessage } from "./receive.ts";
import { sendMessage, sendMessageBatch } from "./send.ts";
import { listQueueTags, tagQueue, untagQueue } from "./tags.ts";
import { changeMessageVisibility, changeMessageVisibilityBatch } from "./visibility.ts";

/** Carries out one operation: returns its output as in the JSON protocol, or throws `SqsError`. */
type Operation = (
  engine: Engine,
  input: Input,
  call: Call,
) => Record<string, unknown> | Promise<Record<string, unknown>>;

const unsupported =
  (name: string): Operation =>
  () => {
    throw unsupportedOperation(
      `${name} is not supported. Set the attribute Policy with SetQueueAttributes instead.`,
    );
  };

/** Every operation of the SQS API (2012-11-05), by name. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
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
 * Returns the operation of that name. Throws `SqsError` `InvalidAction` if SQS does not have it.
 */
export function operationOf(name: string): Operation {
  const operation = OPERATIONS.get(name);
  if (!operation) throw invalidAction(name);
  return operation;
}
