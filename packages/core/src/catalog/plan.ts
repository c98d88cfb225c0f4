import type { EventFacts, SequencedEvent } from "../notification/event.ts";
import type { CatalogChange, PutChange, RefreshChange, TombstoneChange } from "./change.ts";
import { contentKey, type RecordKey, recordKey, timeKey } from "./keys.ts";

/** One conditional `UpdateItem`, but for the table's name. */
export interface UpdatePlan {
  readonly Key: RecordKey;
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, unknown>;
}

/**
 * How long a tombstone is kept: longer than an event can be on its way. It may wait 4 days in the
 * queue and 14 in the dead-letter queue, and a redrive starts both again.
 */
export const TOMBSTONE_DAYS = 45;

const DAY_SECONDS = 24 * 60 * 60;

/** Fields of an object that may change while its version stays. */
const CHANGEABLE = ["storageClass", "archiveStatus", "restore"] as const;

/** All that an item may have besides its key. Writing a whole record sets or removes each of them. */
const ATTRIBUTES = [
  "state",
  "size",
  "etag",
  "lastModified",
  "versionId",
  "contentType",
  "contentEncoding",
  "contentLanguage",
  "contentDisposition",
  "cacheControl",
  "expires",
  "websiteRedirect",
  "encryption",
  "checksums",
  "checksumType",
  "metadata",
  "missingMetadata",
  ...CHANGEABLE,
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
] as const;

type Attribute = (typeof ATTRIBUTES)[number];
type Attributes = Partial<Record<Attribute, unknown>>;

interface Condition {
  readonly expression: string;
  readonly names?: Record<string, string>;
  readonly values?: Record<string, unknown>;
}

/** Both sequencers are normalised, so comparing the strings compares the events. */
const NEWER: Condition = {
  expression: "(attribute_not_exists(#sequencer) OR #sequencer < :sequencer)",
};

/** Turns a change into the one write that makes it, on the condition that it may be made. */
export function planChange(change: CatalogChange): UpdatePlan {
  if (change.kind === "put") return planPut(change);
  return change.kind === "tombstone" ? planTombstone(change) : planRefresh(change);
}

function planPut({ event, askedAt, content }: PutChange): UpdatePlan {
  const { bucket, key } = event;
  const object =
    content.state === "present"
      ? // Most objects have no user metadata; an absent attribute costs nothing.
        { ...content.object, metadata: nonEmpty(content.object.metadata) }
      : { ...saidBy(event), unreadable: { reason: content.reason }, lastModified: undefined };
  const lastModified = object.lastModified ?? event.time;
  return planUpdate(
    event,
    ATTRIBUTES,
    {
      ...object,
      ...standing(event, askedAt),
      state: content.state,
      lastModified,
      sequencer: event.sequencer,
      firstIndexedAt: askedAt,
      ...timeKey(bucket, key, lastModified),
      content: contentKey(bucket, object.etag, object.size),
    },
    event.kind === "created" ? newerAndNotExpired(event.time) : NEWER,
  );
}

function planTombstone({ event, askedAt, because }: TombstoneChange): UpdatePlan {
  const attributes = {
    ...standing(event, askedAt),
    state: "deleted",
    sequencer: event.sequencer,
    expiresAt: Math.floor(Date.parse(askedAt) / 1000) + TOMBSTONE_DAYS * DAY_SECONDS,
  };
  if (because === "newer") return planUpdate(event, ATTRIBUTES, attributes, NEWER);
  const { sequencer, ...others } = attributes;
  return planUpdate(
    event,
    ATTRIBUTES.filter((attribute) => attribute !== "sequencer"),
    others,
    {
      expression: "#sequencer >= :sequencer AND #state <> :state AND #indexedAt <= :indexedAt",
      names: { "#sequencer": "sequencer" },
      values: { ":sequencer": sequencer },
    },
  );
}

function planRefresh({ event, askedAt, object }: RefreshChange): UpdatePlan {
  const { storageClass, archiveStatus, restore, versionId, etag, lastModified } = object;
  // The id of a version says all, but for `null`, which is overwritten in place.
  const same = { versionId, etag, lastModified };
  const tests = Object.entries(same).map(([name, value]) =>
    value === undefined ? `attribute_not_exists(#${name})` : `#${name} = :${name}`,
  );
  return planUpdate(
    event,
    [...CHANGEABLE, "indexedAt"],
    { storageClass, archiveStatus, restore, indexedAt: askedAt },
    {
      expression: ["#state = :present", ...tests, "#indexedAt <= :indexedAt"].join(" AND "),
      names: {
        "#state": "state",
        "#versionId": "versionId",
        "#etag": "etag",
        "#lastModified": "lastModified",
      },
      values: {
        ":present": "present",
        ...Object.fromEntries(
          Object.entries(same)
            .filter(([, value]) => value !== undefined)
            .map(([name, value]) => [`:${name}`, value]),
        ),
      },
    },
  );
}

/**
 * Newer, and not a creation that would revive what S3 was seen to have expired after it: the
 * sequencer of an expiration cannot tell (see `TombstoneChange`).
 */
function newerAndNotExpired(eventTime: string): Condition {
  return {
    expression:
      `${NEWER.expression} AND NOT ` +
      "(#state = :deleted AND begins_with(#event.#name, :expiration) AND #indexedAt > :eventTime)",
    names: { "#name": "name" },
    values: {
      ":deleted": "deleted",
      ":expiration": "LifecycleExpiration:",
      ":eventTime": eventTime,
    },
  };
}

function standing({ region, name, time }: EventFacts, askedAt: string): Attributes {
  return { region, event: { name, time }, indexedAt: askedAt };
}

/** What the event of a creation says of its object. A removal speaks of what is no more, or of a marker. */
function saidBy({ kind, size, etag, versionId }: SequencedEvent) {
  return kind === "created" ? { size, etag, versionId } : {};
}

function nonEmpty(metadata: Readonly<Record<string, string>>) {
  return Object.keys(metadata).length > 0 ? metadata : undefined;
}

/** Sets those of `attributes` that have a value, and removes the others. */
function planUpdate(
  { bucket, key }: EventFacts,
  attributes: readonly Attribute[],
  values: Attributes,
  condition: Condition,
): UpdatePlan {
  const names: Record<string, string> = { ...condition.names };
  const placeholders: Record<string, unknown> = { ...condition.values };
  const set: string[] = [];
  const remove: string[] = [];
  for (const attribute of attributes) {
    names[`#${attribute}`] = attribute;
    if (values[attribute] === undefined) {
      remove.push(`#${attribute}`);
      continue;
    }
    placeholders[`:${attribute}`] = values[attribute];
    set.push(
      attribute === "firstIndexedAt"
        ? "#firstIndexedAt = if_not_exists(#firstIndexedAt, :firstIndexedAt)"
        : `#${attribute} = :${attribute}`,
    );
  }
  return {
    Key: recordKey(bucket, key),
    UpdateExpression: `SET ${set.join(", ")}${remove.length > 0 ? ` REMOVE ${remove.join(", ")}` : ""}`,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: placeholders,
  };
}
