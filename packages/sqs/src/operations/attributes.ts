import { type Engine, queueAt } from "../engine.ts";
import { invalidValue, missingParameter, unknownAttribute } from "../error.ts";
import { type Input, requiredText, textList, textMap } from "../input.ts";
import { changeAttributes, DEFAULT_ATTRIBUTES, settingsOf } from "../queue/attributes.ts";
import type { Queue } from "../store/queues.ts";

export function getQueueAttributes(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const requested = textList(input, "AttributeNames");
  if (requested.length === 0) return {};
  const all = allAttributes(engine, queue);
  for (const name of requested)
    if (name !== "All" && !ATTRIBUTE_NAMES.has(name)) throw unknownAttribute(name);
  const names = requested.includes("All") ? [...all.keys()] : requested;
  const entries = names.flatMap((name): [string, string][] => {
    const value = all.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return entries.length === 0 ? {} : { Attributes: Object.fromEntries(entries) };
}

const ATTRIBUTE_NAMES = new Set([
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

function allAttributes(engine: Engine, queue: Queue): Map<string, string> {
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

/**
 * Throws `SqsError` unless the dead-letter queue in the redrive policy exists and allows this queue
 * to use it.
 */
export function checkRedrive(
  { queues }: Engine,
  sourceArn: string,
  attributes: ReadonlyMap<string, string>,
): void {
  const { redrive } = settingsOf(attributes);
  if (!redrive) return;
  const invalid = (reason: string) =>
    invalidValue("RedrivePolicy", attributes.get("RedrivePolicy"), reason);
  if (redrive.targetArn === sourceArn) return;
  const target = queues.findByArn(redrive.targetArn);
  if (!target) throw invalid("Dead letter target does not exist.");
  const { permission, sourceArns } = target.settings.redriveAllow;
  if (permission === "denyAll" || (permission === "byQueue" && !sourceArns.includes(sourceArn))) {
    throw invalid(`The RedriveAllowPolicy of ${redrive.targetArn} does not allow ${sourceArn}.`);
  }
}
