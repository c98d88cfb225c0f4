import { TOMBSTONE_DAYS } from "../limits.ts";
import type { ObjectDescription } from "../object/description.ts";
import { conditionOf } from "./guard.ts";
import { contentKey, type RecordKey, recordKey, timeKey } from "./keys.ts";
import { withStoredNames } from "./stored-names.ts";
import type { Content, RecordWrite } from "./record-write.ts";

/** One conditional `UpdateItem`, without the name of the table. */
export interface UpdatePlan {
  readonly Key: RecordKey;
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

const DAY_SECONDS = 24 * 60 * 60;

/**
 * All attributes of an item except its key. The description is one map, `object`: replacing it removes
 * all fields of the previous object, with an expression half as long as for single attributes.
 */
const ATTRIBUTES = [
  "state",
  "object",
  "unreadable",
  "region",
  "sequencer",
  "event",
  "firstIndexedAt",
  "arrivedAt",
  "readAt",
  "rev",
  "month",
  "moment",
  "content",
  "expiresAt",
] as const;

/** Attributes that only the first release wrote. */
const FORMER_ATTRIBUTES = ["indexedAt", "changedAt", "goneAt"] as const;

type Attribute = (typeof ATTRIBUTES)[number] | (typeof FORMER_ATTRIBUTES)[number];

/** Attributes that depend on the arrival of the object. */
const ARRIVAL: readonly Attribute[] = ["arrivedAt", "month", "moment"];

/** Converts a write to one conditional `UpdateItem`. */
export function planWrite(write: RecordWrite): UpdatePlan {
  const { guard } = write;
  const values: { readonly [attribute in Attribute]?: unknown } = {
    ...contentAttributes(write, write.content),
    state: write.content.state,
    region: write.region,
    sequencer: write.sequencer,
    event: write.event,
    readAt: write.readAt,
    rev: write.rev,
  };
  const isFormer = guard.kind === "unchanged" && guard.stored.rev === undefined;
  const attributes = isFormer ? [...ATTRIBUTES, ...FORMER_ATTRIBUTES] : ATTRIBUTES;
  const set = attributes.filter((attribute) => values[attribute] !== undefined);
  const removed = attributes.filter((attribute) => values[attribute] === undefined);
  const condition = conditionOf(write);
  const kept = keptBy(write);
  return {
    Key: recordKey(write.bucket, write.key),
    UpdateExpression: [
      `SET ${set.map((name) => assignment(name, kept.includes(name))).join(", ")}`,
      ...(removed.length > 0 ? [`REMOVE ${removed.map((name) => `#${name}`).join(", ")}`] : []),
    ].join(" "),
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: {
      ...Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
      ...condition.names,
    },
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map((name) => [`:${name}`, values[name]])),
      ...condition.values,
    },
  };
}

/** The attributes whose stored value, if there is one, is not replaced. */
function keptBy({ guard }: RecordWrite): Attribute[] {
  const kept: Attribute[] = ["firstIndexedAt"];
  if (guard.kind !== "first") return kept;
  if (guard.sameObject) kept.push(...ARRIVAL);
  if (guard.sequencer === "at least" || guard.sequencer === "any") kept.push("sequencer");
  return kept;
}

function assignment(name: Attribute, isKept: boolean): string {
  return isKept ? `#${name} = if_not_exists(#${name}, :${name})` : `#${name} = :${name}`;
}

/** The description with the names of user metadata and of tags as an item can have them. */
function storedDescription({ metadata, tags, ...object }: ObjectDescription) {
  return {
    ...object,
    metadata: withStoredNames(metadata),
    ...(tags && { tags: withStoredNames(tags) }),
  };
}

function contentAttributes({ bucket, key, readAt }: RecordWrite, content: Content) {
  if (content.state === "deleted") {
    return { expiresAt: Math.floor(Date.parse(readAt) / 1000) + TOMBSTONE_DAYS * DAY_SECONDS };
  }
  const { object, arrivedAt } = content;
  return {
    object: "metadata" in object ? storedDescription(object) : object,
    unreadable: content.state === "unreadable" ? { reason: content.reason } : undefined,
    firstIndexedAt: readAt,
    arrivedAt,
    ...timeKey(bucket, key, arrivedAt),
    content: contentKey(bucket, object),
  };
}
