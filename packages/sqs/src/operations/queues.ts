import { type Call, type Engine, queueAt, queueUrl } from "../engine.ts";
import {
  invalidParameter,
  purgeInProgress,
  queueDeletedRecently,
  queueDoesNotExist,
  queueNameExists,
  unsupportedOperation,
} from "../error.ts";
import { type Input, optionalInteger, optionalText, requiredText, textMap } from "../input.ts";
import {
  MAX_QUEUE_NAME_LENGTH,
  NAME_REUSE_SECONDS,
  PURGE_INTERVAL_SECONDS,
  QUEUES_PER_PAGE,
} from "../limits.ts";
import { changeAttributes, DEFAULT_ATTRIBUTES } from "../queue/attributes.ts";
import type { Queue } from "../store/queues.ts";
import { checkRedrive } from "./attributes.ts";
import { checkedTags } from "./tags.ts";

export function createQueue(engine: Engine, input: Input, call: Call) {
  const name = checkedName(requiredText(input, "QueueName"));
  const given = textMap(input, "Attributes");
  const existing = engine.queues.find(name);
  if (existing) {
    const expected = changeAttributes(DEFAULT_ATTRIBUTES, given);
    for (const attribute of given.keys()) {
      if (!sameValue(existing.attributes.get(attribute), expected.get(attribute))) {
        throw queueNameExists(attribute);
      }
    }
    return { QueueUrl: queueUrl(engine, call, name) };
  }
  const deletedAt = engine.queues.deletedAt(name);
  if (deletedAt !== undefined && engine.now() - deletedAt < NAME_REUSE_SECONDS * 1000) {
    throw queueDeletedRecently();
  }
  createNew(engine, name, given, textMap(input, "tags"));
  return { QueueUrl: queueUrl(engine, call, name) };
}

/**
 * Creates a queue, or applies the attributes to an existing queue; attributes that are not given
 * get their defaults. Existing tags are kept if none are given.
 */
export function ensureQueue(
  engine: Engine,
  name: string,
  given: ReadonlyMap<string, string>,
  tags: ReadonlyMap<string, string> | undefined,
): Queue {
  const existing = engine.queues.find(checkedName(name));
  if (!existing) return createNew(engine, name, given, tags ?? new Map());
  const attributes = changeAttributes(DEFAULT_ATTRIBUTES, given);
  checkRedrive(engine, existing.arn, attributes);
  engine.queues.change(existing, { attributes, ...(tags ? { tags } : {}) }, engine.now());
  return existing;
}

function createNew(
  engine: Engine,
  name: string,
  given: ReadonlyMap<string, string>,
  tags: ReadonlyMap<string, string>,
): Queue {
  const attributes = changeAttributes(DEFAULT_ATTRIBUTES, given);
  checkRedrive(engine, engine.arnOf(name), attributes);
  checkedTags(tags);
  return engine.database.transaction(() =>
    engine.queues.create(name, attributes, tags, engine.now()),
  );
}

function checkedName(name: string): string {
  if (name.endsWith(".fifo")) {
    throw unsupportedOperation(
      `${name} is the name of a FIFO queue, and only standard queues are supported.`,
    );
  }
  if (!/^[\w-]+$/.test(name) || name.length > MAX_QUEUE_NAME_LENGTH) {
    throw invalidParameter(
      `Can only include alphanumeric characters, hyphens, or underscores. 1 to ${MAX_QUEUE_NAME_LENGTH} in length`,
    );
  }
  return name;
}

/** Compares two values of an attribute; of JSON, without regard to white space. */
function sameValue(a: string | undefined, b: string | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && compact(a) === compact(b));
}

function compact(text: string): string {
  return text.startsWith("{") ? JSON.stringify(JSON.parse(text)) : text;
}

export function deleteQueue(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  engine.database.transaction(() => {
    engine.messages.purge(queue.id);
    engine.queues.delete(queue, engine.now());
  });
  engine.polls.fail(queue, queueDoesNotExist());
  return {};
}

export function getQueueUrl(engine: Engine, input: Input, call: Call) {
  const name = requiredText(input, "QueueName");
  const owner = optionalText(input, "QueueOwnerAWSAccountId") ?? engine.accountId;
  if (owner !== engine.accountId || !engine.queues.find(name)) throw queueDoesNotExist();
  return { QueueUrl: queueUrl(engine, call, name) };
}

export function listQueues(engine: Engine, input: Input, call: Call) {
  const prefix = optionalText(input, "QueueNamePrefix") ?? "";
  const names = engine.queues.all().map(({ name }) => name);
  const { page, nextToken } = pageOf(
    names.filter((name) => name.startsWith(prefix)),
    input,
  );
  return {
    ...(page.length === 0 ? {} : { QueueUrls: page.map((name) => queueUrl(engine, call, name)) }),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

export function listDeadLetterSourceQueues(engine: Engine, input: Input, call: Call) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const names = engine.queues.sourcesOf(queue.arn).map(({ name }) => name);
  const { page, nextToken } = pageOf(names, input);
  return {
    queueUrls: page.map((name) => queueUrl(engine, call, name)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

/**
 * The token of a page is its last name. Without MaxResults there is no token (ListQueues in the API
 * reference).
 */
function pageOf(names: string[], input: Input): { page: string[]; nextToken?: string } {
  const limit = optionalInteger(input, "MaxResults", {
    ...QUEUES_PER_PAGE,
    allowed: `MaxResults must be an integer between ${QUEUES_PER_PAGE.min} and ${QUEUES_PER_PAGE.max}`,
  });
  const token = optionalText(input, "NextToken");
  const after = token === undefined ? undefined : Buffer.from(token, "base64").toString();
  if (after === "") throw invalidParameter("Invalid or expired next token.");
  const rest = after === undefined ? names : names.filter((name) => name > after);
  const page = rest.slice(0, limit ?? QUEUES_PER_PAGE.max);
  const last = page.at(-1);
  if (limit === undefined || last === undefined || rest.length === page.length) return { page };
  return { page, nextToken: Buffer.from(last).toString("base64") };
}

export function purgeQueue(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const { purgedAt } = queue;
  if (purgedAt !== undefined && engine.now() - purgedAt < PURGE_INTERVAL_SECONDS * 1000) {
    throw purgeInProgress(queue.name);
  }
  engine.database.transaction(() => engine.messages.purge(queue.id));
  queue.purgedAt = engine.now();
  return {};
}
