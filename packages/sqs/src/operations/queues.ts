import { type Call, type Engine, queueAt, queueUrl } from "../engine.ts";
import {
  invalidParameter,
  missingParameter,
  purgeInProgress,
  queueDeletedRecently,
  queueDoesNotExist,
  queueNameExists,
  unknownAttribute,
  unsupportedOperation,
} from "../error.ts";
import {
  type Input,
  optionalInteger,
  optionalText,
  requiredText,
  textList,
  textMap,
} from "../input.ts";
import { changeAttributes, DEFAULT_ATTRIBUTES, settingsOf } from "../queue/attributes.ts";
import type { Queue } from "../store/queues.ts";

/** How long a name rests after its queue was deleted, and a queue after it was purged. */
const REST = 60_000;

export function createQueue(engine: Engine, input: Input, call: Call) {
  const name = checkedName(requiredText(input, "QueueName"));
  const given = textMap(input, "Attributes");
  const existing = engine.queues.find(name);
  if (existing) {
    const wanted = changeAttributes(DEFAULT_ATTRIBUTES, given);
    for (const attribute of given.keys()) {
      if (!sameValue(existing.attributes.get(attribute), wanted.get(attribute))) {
        throw queueNameExists(attribute);
      }
    }
    return { QueueUrl: queueUrl(engine, call, name) };
  }
  const deletedAt = engine.queues.deletedAt(name);
  if (deletedAt !== undefined && engine.now() - deletedAt < REST) throw queueDeletedRecently();
  makeQueue(engine, name, given, textMap(input, "tags"));
  return { QueueUrl: queueUrl(engine, call, name) };
}

/**
 * Brings a queue to exactly these attributes, whether or not it exists; what is not named has its default.
 *
 * @param tags as they are to be; left alone where not given.
 */
export function ensureQueue(
  engine: Engine,
  name: string,
  given: ReadonlyMap<string, string>,
  tags: ReadonlyMap<string, string> | undefined,
): Queue {
  const existing = engine.queues.find(checkedName(name));
  if (!existing) return makeQueue(engine, name, given, tags ?? new Map());
  const attributes = changeAttributes(DEFAULT_ATTRIBUTES, given);
  checkRedrive(engine, existing.arn, attributes);
  engine.queues.change(existing, { attributes, ...(tags ? { tags } : {}) }, engine.now());
  return existing;
}

function makeQueue(
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
      `${name} is the name of a FIFO queue, and only standard queues are run offline.`,
    );
  }
  if (!/^[\w-]{1,80}$/.test(name)) {
    throw invalidParameter(
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  }
  return name;
}

/** A dead-letter queue must exist and let this queue use it. */
function checkRedrive(
  { queues }: Engine,
  sourceArn: string,
  attributes: ReadonlyMap<string, string>,
): void {
  const { redrive } = settingsOf(attributes);
  if (!redrive) return;
  const refuse = (reason: string) =>
    invalidParameter(
      `Value ${attributes.get("RedrivePolicy")} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
    );
  if (redrive.targetArn === sourceArn) return;
  const target = queues.findByArn(redrive.targetArn);
  if (!target) throw refuse("Dead letter target does not exist.");
  const { permission, sourceArns } = target.settings.redriveAllow;
  if (permission === "denyAll" || (permission === "byQueue" && !sourceArns.includes(sourceArn))) {
    throw refuse(`The RedriveAllowPolicy of ${redrive.targetArn} does not allow ${sourceArn}.`);
  }
}

/** Policies are the same when they say the same, however they are spaced. */
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

/** A page's token is the last name on it. Without MaxResults there is no token, as the API reference says. */
function pageOf(names: string[], input: Input): { page: string[]; nextToken?: string } {
  const limit = optionalInteger(input, "MaxResults", {
    min: 1,
    max: 1000,
    allowed: "MaxResults must be an integer between 1 and 1000",
  });
  const token = optionalText(input, "NextToken");
  const after = token === undefined ? undefined : Buffer.from(token, "base64").toString();
  if (after === "") throw invalidParameter("Invalid or expired next token.");
  const rest = after === undefined ? names : names.filter((name) => name > after);
  const page = rest.slice(0, limit ?? 1000);
  const last = page.at(-1);
  if (limit === undefined || last === undefined || rest.length === page.length) return { page };
  return { page, nextToken: Buffer.from(last).toString("base64") };
}

export function getQueueAttributes(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const wanted = textList(input, "AttributeNames");
  if (wanted.length === 0) return {};
  const all = describe(engine, queue);
  for (const name of wanted) if (name !== "All" && !KNOWN.has(name)) throw unknownAttribute(name);
  const names = wanted.includes("All") ? [...all.keys()] : wanted;
  const entries = names.flatMap((name): [string, string][] => {
    const value = all.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return entries.length === 0 ? {} : { Attributes: Object.fromEntries(entries) };
}

const KNOWN = new Set([
  ...DEFAULT_ATTRIBUTES.keys(),
  "Policy",
  "RedrivePolicy",
  "RedriveAllowPolicy",
  "KmsMasterKeyId",
  "KmsDataKeyReusePeriodSeconds",
  "QueueArn",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
]);

function describe(engine: Engine, queue: Queue): Map<string, string> {
  const { messages, retention, now } = engine;
  retention.sweep(queue);
  const counts = messages.counts(queue.id, now());
  const seconds = (time: number) => String(Math.floor(time / 1000));
  return new Map([
    ...queue.attributes,
    ["QueueArn", queue.arn],
    ["CreatedTimestamp", seconds(queue.createdAt)],
    ["LastModifiedTimestamp", seconds(queue.modifiedAt)],
    ["ApproximateNumberOfMessages", String(counts.visible)],
    ["ApproximateNumberOfMessagesNotVisible", String(counts.inFlight)],
    ["ApproximateNumberOfMessagesDelayed", String(counts.delayed)],
  ]);
}

export function setQueueAttributes(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const changes = textMap(input, "Attributes");
  if (changes.size === 0) throw missingParameter("Attribute.Name");
  const attributes = changeAttributes(queue.attributes, changes);
  if (changes.has("RedrivePolicy")) checkRedrive(engine, queue.arn, attributes);
  engine.queues.change(queue, { attributes }, engine.now());
  return {};
}

export function purgeQueue(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  if (queue.purgedAt !== undefined && engine.now() - queue.purgedAt < REST) {
    throw purgeInProgress(queue.name);
  }
  engine.database.transaction(() => engine.messages.purge(queue.id));
  queue.purgedAt = engine.now();
  return {};
}

export function tagQueue(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const tags = textMap(input, "Tags");
  if (tags.size === 0) throw missingParameter("Tags");
  const all = checkedTags(new Map([...queue.tags, ...tags]));
  engine.queues.change(queue, { tags: all }, engine.now());
  return {};
}

// "Quotas related to queues" in the SQS developer guide.
function checkedTags(tags: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (tags.size > 50) throw invalidParameter("Too many tags added for queue: it can have 50.");
  for (const [key, value] of tags) {
    if (key === "" || key.length > 128 || value.length > 256) {
      throw invalidParameter(
        `The tag ${key.slice(0, 128)} is invalid: a key has 1 to 128 characters, a value up to 256.`,
      );
    }
  }
  return tags;
}

export function untagQueue(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const keys = new Set(textList(input, "TagKeys"));
  if (keys.size === 0) throw missingParameter("TagKeys");
  const tags = new Map([...queue.tags].filter(([key]) => !keys.has(key)));
  engine.queues.change(queue, { tags }, engine.now());
  return {};
}

export function listQueueTags(engine: Engine, input: Input) {
  const { tags } = queueAt(engine, requiredText(input, "QueueUrl"));
  return tags.size === 0 ? {} : { Tags: Object.fromEntries(tags) };
}
