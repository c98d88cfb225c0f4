import { TOMBSTONE_DAYS } from "../limits.ts";
import type { EventFacts, SequencedEvent } from "../notification/event.ts";
import { SEQUENCER_WIDTH } from "../notification/sequencer.ts";
import type {
  AdoptChange,
  BarrierChange,
  CatalogChange,
  OvertakenChange,
  PutChange,
  RefreshChange,
  TombstoneChange,
} from "./change.ts";
import { contentKey, type RecordKey, recordKey, timeKey } from "./keys.ts";

/** One conditional `UpdateItem`, without the name of the table. */
export interface UpdatePlan {
  readonly Key: RecordKey;
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

const DAY_SECONDS = 24 * 60 * 60;

/** The sequencer of a record whose event has none. It is lower than every sequencer of S3. */
const NO_SEQUENCER = "0".repeat(SEQUENCER_WIDTH);

/**
 * All attributes of an item except its key and `changedAt`, the time of its barrier, which no write of a
 * record removes. The description is one map, `object`: replacing it removes all fields of the previous
 * object, with an expression half as long as for single attributes.
 */
const ATTRIBUTES = [
  "state",
  "object",
  "unreadable",
  "region",
  "sequencer",
  "event",
  "firstIndexedAt",
  "indexedAt",
  "month",
  "moment",
  "content",
  "expiresAt",
  "goneAt",
] as const;

type Attribute = (typeof ATTRIBUTES)[number] | "changedAt";

/** Both sequencers are normalized, so comparing the strings compares the events. */
const NEWER = "(attribute_not_exists(#sequencer) OR #sequencer < :sequencer)";

/** Newer, and the object was not seen expired after the event. */
const NEWER_AND_NOT_GONE = `${NEWER} AND (attribute_not_exists(#goneAt) OR #goneAt <= :seenAt)`;

/** The read began after the latest barrier, or before it. */
const AFTER_BARRIER = "(attribute_not_exists(#changedAt) OR #changedAt < :askedAt)";
const BEFORE_BARRIER = "#changedAt >= :askedAt";

const SEEN_GONE = "#sequencer >= :sequencer AND #indexedAt <= :indexedAt";

/** The version id identifies the content, except for `null`, which is overwritten in place. */
const SAME_OBJECT = `#state = :present AND #object.#etag = :etag AND #object.#lastModified = :lastModified AND #indexedAt <= :indexedAt AND (attribute_not_exists(#changedAt) OR #changedAt <= :changedAt)`;
const SAME_VERSION = `${SAME_OBJECT} AND #object.#versionId = :versionId`;
/** When versioning is enabled, an existing object becomes the version `null` without an event. */
const NULL_VERSION = `${SAME_OBJECT} AND (attribute_not_exists(#object.#versionId) OR #object.#versionId = :versionId)`;

/** Converts a change to one conditional write. */
export function planChange(change: CatalogChange): UpdatePlan {
  switch (change.kind) {
    case "put":
      return planPut(change);
    case "overtaken":
      return planOvertaken(change);
    case "tombstone":
      return planTombstone(change);
    case "refresh":
      return planRefresh(change);
    case "adopt":
      return planAdopt(change);
    case "barrier":
      return planBarrier(change);
  }
}

function planPut(change: PutChange): UpdatePlan {
  const { event, askedAt, content } = change;
  const described = content.state === "present" ? content.object : describedBy(event);
  const record = {
    ...objectAttributes(event, askedAt, described),
    state: content.state,
    unreadable: content.state === "unreadable" ? { reason: content.reason } : undefined,
    sequencer: event.sequencer,
  };
  const condition = `${NEWER_AND_NOT_GONE} AND ${AFTER_BARRIER}`;
  return planUpdate(event, ATTRIBUTES, record, condition, seenBy(change));
}

function planOvertaken(change: OvertakenChange): UpdatePlan {
  const { bucket, key, sequencer } = change.event;
  return {
    Key: recordKey(bucket, key),
    ...expressions("SET #changedAt = #changedAt", `${NEWER_AND_NOT_GONE} AND ${BEFORE_BARRIER}`),
    ExpressionAttributeValues: { ...seenBy(change), ":sequencer": sequencer },
  };
}

/** The values in the conditions of a put, besides its sequencer. */
function seenBy({ event, askedAt }: PutChange | OvertakenChange) {
  return { ":seenAt": event.kind === "created" ? event.time : askedAt, ":askedAt": askedAt };
}

function planTombstone({ event, askedAt, because }: TombstoneChange): UpdatePlan {
  const { sequencer } = event;
  const expired = event.kind === "expired";
  const tombstone = {
    ...commonAttributes(event, askedAt),
    state: "deleted",
    goneAt: expired ? askedAt : undefined,
    expiresAt: Math.floor(Date.parse(askedAt) / 1000) + TOMBSTONE_DAYS * DAY_SECONDS,
  };
  if (because === "seen_gone") {
    const kept = without("sequencer");
    return planUpdate(event, kept, tombstone, SEEN_GONE, { ":sequencer": sequencer });
  }
  // A late removal must not remove the time of an expiration that was seen.
  const attributes = expired ? ATTRIBUTES : without("goneAt");
  return planUpdate(event, attributes, { ...tombstone, sequencer }, NEWER);
}

/** All attributes except one, which is not changed. */
function without(kept: Attribute): Attribute[] {
  return ATTRIBUTES.filter((attribute) => attribute !== kept);
}

function planRefresh({ event, askedAt, object }: RefreshChange): UpdatePlan {
  const { etag, lastModified = "", versionId = "null" } = object;
  return planUpdate(
    event,
    ["object", "indexedAt", "changedAt"],
    { object, indexedAt: askedAt, changedAt: askedAt },
    versionId === "null" ? NULL_VERSION : SAME_VERSION,
    {
      ":present": "present",
      ":etag": etag,
      ":lastModified": lastModified,
      ":versionId": versionId,
    },
  );
}

function planAdopt({ event, askedAt, object }: AdoptChange): UpdatePlan {
  const record = {
    ...objectAttributes(event, askedAt, object),
    state: "present",
    sequencer: NO_SEQUENCER,
    changedAt: askedAt,
  };
  const attributes = [...ATTRIBUTES, "changedAt"] as const;
  return planUpdate(event, attributes, record, "attribute_not_exists(#sequencer)");
}

function planBarrier({ event, askedAt }: BarrierChange): UpdatePlan {
  const condition = `attribute_exists(#sequencer) AND ${AFTER_BARRIER}`;
  const values = { ":askedAt": askedAt };
  return planUpdate(event, ["changedAt"], { changedAt: askedAt }, condition, values);
}

interface Described {
  readonly size?: number | undefined;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** The attributes of an object that is not deleted. */
function objectAttributes(event: EventFacts, askedAt: string, described: Described) {
  const { bucket, key, time } = event;
  const lastModified = described.lastModified ?? time;
  return {
    ...commonAttributes(event, askedAt),
    object: { ...described, lastModified },
    firstIndexedAt: askedAt,
    ...timeKey(bucket, key, lastModified),
    content: contentKey(bucket, described.etag, described.size),
  };
}

function commonAttributes({ region, name, time }: EventFacts, askedAt: string) {
  return { region, event: { name, time }, indexedAt: askedAt };
}

/** The description in the event of a creation. That of a removal is about the removed version or the marker. */
function describedBy({ kind, size, etag, versionId }: SequencedEvent) {
  return kind === "created"
    ? { size, etag, versionId, lastModified: undefined }
    : { size: undefined, etag: undefined, lastModified: undefined };
}

/** Sets the attributes that have a value and removes the others. */
function planUpdate(
  { bucket, key }: EventFacts,
  attributes: readonly Attribute[],
  values: { readonly [attribute in Attribute]?: unknown },
  condition: string,
  conditionValues: Readonly<Record<string, string>> = {},
): UpdatePlan {
  const placeholders: Record<string, unknown> = { ...conditionValues };
  const set: Attribute[] = [];
  for (const attribute of attributes) {
    if (values[attribute] === undefined) continue;
    placeholders[`:${attribute}`] = values[attribute];
    set.push(attribute);
  }
  return {
    Key: recordKey(bucket, key),
    ...expressionsOf(attributes, set, condition),
    ExpressionAttributeValues: placeholders,
  };
}

type Expressions = Pick<
  UpdatePlan,
  "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeNames"
>;

const known = new Map<string, Expressions>();

/** The expressions of an update, cached: there are only a few different ones. */
function expressionsOf(
  attributes: readonly Attribute[],
  set: readonly Attribute[],
  condition: string,
): Expressions {
  const id = `${attributes.join()} ${set.join()} ${condition}`;
  const made = known.get(id);
  if (made) return made;

  const removed = attributes.filter((attribute) => !set.includes(attribute));
  const update = [
    `SET ${set.map(assignment).join(", ")}`,
    ...(removed.length > 0 ? [`REMOVE ${removed.map((name) => `#${name}`).join(", ")}`] : []),
  ].join(" ");
  const all = expressions(update, condition);
  known.set(id, all);
  return all;
}

function expressions(update: string, condition: string): Expressions {
  const names = `${update} ${condition}`.matchAll(/#(\w+)/g);
  return {
    UpdateExpression: update,
    ConditionExpression: condition,
    ExpressionAttributeNames: Object.fromEntries(
      [...names].map(([alias, name = ""]) => [alias, name]),
    ),
  };
}

function assignment(attribute: Attribute): string {
  return attribute === "firstIndexedAt"
    ? "#firstIndexedAt = if_not_exists(#firstIndexedAt, :firstIndexedAt)"
    : `#${attribute} = :${attribute}`;
}
