import { type Engine, queueAt } from "../engine.ts";
import { invalidParameter, missingParameter } from "../error.ts";
import { type Input, requiredText, textList, textMap } from "../input.ts";
import { MAX_TAG_KEY_LENGTH, MAX_TAG_VALUE_LENGTH, MAX_TAGS } from "../limits.ts";

export function tagQueue(engine: Engine, input: Input) {
  const queue = queueAt(engine, requiredText(input, "QueueUrl"));
  const tags = textMap(input, "Tags");
  if (tags.size === 0) throw missingParameter("Tags");
  const all = checkedTags(new Map([...queue.tags, ...tags]));
  engine.queues.change(queue, { tags: all }, engine.now());
  return {};
}

/** Returns the tags. Throws `SqsError` `InvalidParameterValue` if they are too many or too long. */
export function checkedTags(tags: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (tags.size > MAX_TAGS) {
    throw invalidParameter(`Too many tags added for queue. A queue can have ${MAX_TAGS} tags.`);
  }
  for (const [key, value] of tags) {
    if (key === "" || key.length > MAX_TAG_KEY_LENGTH || value.length > MAX_TAG_VALUE_LENGTH) {
      throw invalidParameter(
        `The tag ${key.slice(0, MAX_TAG_KEY_LENGTH)} is invalid. A key must have 1 to ${MAX_TAG_KEY_LENGTH} characters, a value at most ${MAX_TAG_VALUE_LENGTH}.`,
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
