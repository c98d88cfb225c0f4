import {
  type Body,
  derive,
  isBody,
  tagContext,
  textOf,
  UnknownRequestError,
} from "../../edge/derivation.ts";
import type { Derivation, Place, Requirement } from "../../edge/requirement.ts";

export interface Queues {
  /** Returns the ARNs of the queues whose redrive policy names this dead-letter queue. */
  redriveSourcesOf(queueArn: string): readonly string[];
  /** Returns the ARN of the source queue of a message move task, by its handle. */
  moveTaskSourceOf(taskHandle: string): string | undefined;
}

type RequirementsOf = (body: Body, place: Place, queues: Queues) => Requirement[];

const QUEUE_NAME = "[A-Za-z0-9_-]{1,80}(?:\\.fifo)?";
/** SQS ignores the host. In the Query protocol, the path of the request can name the queue. */
const QUEUE_URL = new RegExp(`^(?:https?://[^/?#@\\s]+)?/(\\d{12})/(${QUEUE_NAME})$`);
const QUEUE_ARN = new RegExp(`^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\\d{12}:${QUEUE_NAME}$`);

const arnOf = ({ region }: Place, account: string, name: string): string =>
  `arn:aws:sqs:${region}:${account}:${name}`;

/** Returns the ARN of the queue in `QueueUrl`. Throws `UnknownRequestError`. */
function byUrl(body: Body, place: Place): string {
  const [, account, name] = QUEUE_URL.exec(textOf(body, "QueueUrl")) ?? [];
  if (account === undefined || name === undefined) {
    throw new UnknownRequestError("QueueUrl must be a queue URL: https://host/account/name");
  }
  return arnOf(place, account, name);
}

/** Returns the ARN of the queue in `QueueName`. Throws `UnknownRequestError`. */
function byName(body: Body, place: Place): string {
  const name = textOf(body, "QueueName");
  const owner =
    body["QueueOwnerAWSAccountId"] === undefined
      ? undefined
      : textOf(body, "QueueOwnerAWSAccountId");
  if (!new RegExp(`^${QUEUE_NAME}$`).test(name))
    throw new UnknownRequestError("QueueName must be the name of a queue");
  if (owner !== undefined && !/^\d{12}$/.test(owner))
    throw new UnknownRequestError("QueueOwnerAWSAccountId must be an account ID");
  return arnOf(place, owner ?? place.accountId, name);
}

/** Returns the ARN of the queue in a member. Throws `UnknownRequestError`. */
function byArn(body: Body, name: string): string {
  const arn = textOf(body, name);
  if (!QUEUE_ARN.test(arn)) throw new UnknownRequestError(`${name} must be the ARN of a queue`);
  return arn;
}

const on = (resource: string, ...actions: string[]): Requirement[] =>
  actions.map((action) => ({ action: `sqs:${action}`, resource, context: {} }));

const queueAction =
  (action: string): RequirementsOf =>
  (body, place) =>
    on(byUrl(body, place), action);

/** Returns the tags in the member `tags` or `Tags`, an object. */
function tagsOf(body: Body, name: string): [string, string][] {
  const tags = body[name] ?? {};
  if (!isBody(tags)) throw new UnknownRequestError(`${name} must be an object`);
  return Object.keys(tags).map((key) => [key, textOf(tags, key)]);
}

/** Adds condition keys from the body to requirements. */
const withContext =
  (
    requirementsOf: RequirementsOf,
    contextOf: (body: Body) => Requirement["context"],
  ): RequirementsOf =>
  (body, place, queues) =>
    requirementsOf(body, place, queues).map(({ action, resource }) => ({
      action,
      resource,
      context: contextOf(body),
    }));

function tagKeysOf(body: Body): string[] {
  const keys = body["TagKeys"];
  if (Array.isArray(keys) && keys.every((key) => typeof key === "string")) return keys;
  throw new UnknownRequestError("TagKeys must be a list of strings");
}

function startMoveTask(body: Body, _place: Place, queues: Queues): Requirement[] {
  const source = byArn(body, "SourceArn");
  // Without a destination, messages return to their source queues.
  const destinations =
    body["DestinationArn"] === undefined
      ? queues.redriveSourcesOf(source)
      : [byArn(body, "DestinationArn")];
  return [
    ...on(source, "StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    ...destinations.flatMap((queue) => on(queue, "SendMessage")),
  ];
}

function cancelMoveTask(body: Body, _place: Place, queues: Queues): Requirement[] {
  const source = queues.moveTaskSourceOf(textOf(body, "TaskHandle"));
  if (source === undefined)
    throw new UnknownRequestError("TaskHandle must be the handle of a message move task");
  return on(
    source,
    "CancelMessageMoveTask",
    "ReceiveMessage",
    "DeleteMessage",
    "GetQueueAttributes",
  );
}

const OPERATIONS: Readonly<Record<string, RequirementsOf>> = {
  SendMessage: queueAction("SendMessage"),
  SendMessageBatch: queueAction("SendMessage"),
  ReceiveMessage: queueAction("ReceiveMessage"),
  DeleteMessage: queueAction("DeleteMessage"),
  DeleteMessageBatch: queueAction("DeleteMessage"),
  ChangeMessageVisibility: queueAction("ChangeMessageVisibility"),
  ChangeMessageVisibilityBatch: queueAction("ChangeMessageVisibility"),
  GetQueueAttributes: queueAction("GetQueueAttributes"),
  SetQueueAttributes: queueAction("SetQueueAttributes"),
  PurgeQueue: queueAction("PurgeQueue"),
  DeleteQueue: queueAction("DeleteQueue"),
  AddPermission: queueAction("AddPermission"),
  RemovePermission: queueAction("RemovePermission"),
  ListDeadLetterSourceQueues: queueAction("ListDeadLetterSourceQueues"),
  ListQueueTags: queueAction("ListQueueTags"),
  TagQueue: withContext(queueAction("TagQueue"), (body) => tagContext(tagsOf(body, "Tags"))),
  UntagQueue: withContext(queueAction("UntagQueue"), (body) => ({
    "aws:TagKeys": tagKeysOf(body),
  })),
  GetQueueUrl: (body, place) => on(byName(body, place), "GetQueueUrl"),
  CreateQueue: withContext(
    (body, place) => {
      const isTagged = tagsOf(body, "tags").length > 0;
      return on(byName(body, place), "CreateQueue", ...(isTagged ? ["TagQueue"] : []));
    },
    (body) => tagContext(tagsOf(body, "tags")),
  ),
  ListQueues: () => on("*", "ListQueues"),
  StartMessageMoveTask: startMoveTask,
  ListMessageMoveTasks: (body) =>
    on(byArn(body, "SourceArn"), "ListMessageMoveTasks", "GetQueueAttributes"),
  CancelMessageMoveTask: cancelMoveTask,
};

/**
 * Returns the permissions that a call of SQS needs (Service Authorization Reference, "Actions,
 * resources, and condition keys for Amazon SQS").
 */
export const sqsNeeds = (
  operation: string,
  input: unknown,
  place: Place,
  queues: Queues,
): Derivation =>
  derive(`AmazonSQS.${operation}`, input, (body) => {
    const requirementsOf = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
    if (!requirementsOf) throw new UnknownRequestError("offline does not support this operation");
    return requirementsOf(body, place, queues);
  });
