import type { Content, FirstGuard, RecordWrite } from "../catalog/record-write.ts";
import { type EventNote, greatestOf, type StoredRecord } from "../catalog/stored.ts";
import { kindOf, type ObjectChange } from "../notification/event.ts";
import { NO_SEQUENCER } from "../notification/sequencer.ts";
import type { ObjectDescription } from "../object/description.ts";
import type { Answer, Reading } from "../object/reading.ts";
import { AMBIGUOUS, decideAmbiguous, type Unchanged } from "./ambiguous.ts";
import { isCreationOf, isSequenced, latestOf, noteOf } from "./trigger.ts";

/** The events of one key that one read serves. */
export type Events = readonly [ObjectChange, ...ObjectChange[]];

/** What to do after a read: write the record, or nothing for a reason. */
export type Decision =
  | { readonly write: Omit<RecordWrite, "rev"> }
  | { readonly write?: undefined; readonly reason: string };

/**
 * W: a read that is by its time more than this later than another is certainly later. The time of a read
 * is within a second of the read (see `readTime`), so two seconds are enough for any clock.
 */
export const FENCE_MS = 2000;

/** Whether a read is certainly later than the one behind a record. */
export function isReadBefore({ readAt }: StoredRecord, reading: Reading): boolean {
  return readAt !== undefined && readAt < shifted(reading.readAt, -FENCE_MS);
}

/**
 * Whether the read behind a record was certainly made after these events, so that they are stale. The
 * time of an expiration is the midnight at which it was due and changes have no sequencer of their own,
 * so neither is ever covered. An unreadable record covers nothing. A record covers no event that it would
 * name, and not the creation of its own object until it has its time of arrival.
 */
export function covers(stored: StoredRecord, events: Events): boolean {
  const { state, readAt, object, arrivedAt = "" } = stored;
  if (state === "unreadable" || readAt === undefined) return false;
  return events.every((event) => {
    if (!isCoverable(event) || readAt <= shifted(event.time, FENCE_MS)) return false;
    if (stored.sequencer < (event.sequencer ?? "") || isNamed(event, state, stored)) return false;
    return object === undefined || !isCreationOf(event, object) || event.time <= arrivedAt;
  });
}

function isCoverable({ kind }: ObjectChange): boolean {
  return kind === "created" || kind === "removed";
}

/**
 * Decides what to write after a read: over a record that was not read, under conditions; or over a
 * `stored` one, which a rejected write returned.
 */
export function decide(events: Events, reading: Reading, stored?: StoredRecord): Decision {
  const content = contentOf(events, reading, stored);
  if (content.state === "unchanged") return { reason: content.reason };
  const { bucket, key, region } = latestOf(events);
  const event = noteFor(events, content, stored);
  return {
    write: {
      bucket,
      key,
      region,
      readAt: reading.readAt,
      content,
      event,
      sequencer: greatestOf(greatestSequencer(events), stored?.sequencer),
      guard: stored ? { kind: "unchanged", stored } : firstGuard(events, reading, content, event),
    },
  };
}

function contentOf(
  events: Events,
  { answer }: Reading,
  stored: StoredRecord | undefined,
): Content | Unchanged {
  switch (answer.kind) {
    case "object":
      return present(events, answer.object, stored);
    case "gone":
      return { state: "deleted" };
    case "undescribed":
      return unreadable(events, answer.reason, stored);
    case "ambiguous": {
      const decided = decideAmbiguous(events.filter(isSequenced), stored);
      if (decided.state !== "unreadable") return decided;
      return unreadable(events, AMBIGUOUS, stored);
    }
  }
}

function present(
  events: Events,
  object: ObjectDescription,
  stored: StoredRecord | undefined,
): Content {
  const lastModified = object.lastModified ?? latestOf(events).time;
  const own = events.filter((event) => isCreationOf(event, object)).map(({ time }) => time);
  const known = isSameObject(object, stored) ? stored?.arrivedAt : undefined;
  const arrivedAt = [...own, known ?? ""].reduce((a, b) => (b > a ? b : a), lastModified);
  return { state: "present", object: { ...object, lastModified }, arrivedAt };
}

function isSameObject(object: ObjectDescription, stored: StoredRecord | undefined): boolean {
  if (stored?.object === undefined || stored.state !== "present") return false;
  const { versionId = "null", etag, lastModified } = stored.object;
  // When versioning is enabled, an existing object becomes the version `null` without an event.
  const sameVersion = (object.versionId ?? "null") === versionId;
  return sameVersion && object.etag === etag && object.lastModified === lastModified;
}

/** The record of an object that S3 does not describe: what the latest creation says, or what is known. */
function unreadable(events: Events, reason: string, stored: StoredRecord | undefined): Content {
  const state = "unreadable";
  const [first, ...others] = events.filter(isSequenced).filter(({ kind }) => kind === "created");
  const created = first && [first, ...others].reduce((a, b) => (b.sequencer > a.sequencer ? b : a));
  const listed = events.find(({ kind }) => kind === "listed");
  const known = stored?.state === "unreadable" ? stored : undefined;
  const isNewer = created && known && created.sequencer >= known.sequencer;
  const isOther = listed && listed.etag !== known?.object?.etag;
  if (known?.object && !isNewer && !isOther) {
    const lastModified = known.object.lastModified ?? known.event.time;
    const { arrivedAt = lastModified } = known;
    return { state, reason, object: { ...known.object, lastModified }, arrivedAt };
  }
  const described = created ?? listed;
  if (described === undefined) {
    const { time } = latestOf(events);
    return { state, reason, object: { lastModified: time }, arrivedAt: time };
  }
  const { size, etag, versionId, time } = described;
  return { state, reason, object: { size, etag, versionId, lastModified: time }, arrivedAt: time };
}

/** The event that the record names: the latest one, but a tombstone names a removal if there is one. */
function noteFor(events: Events, { state }: Content, stored: StoredRecord | undefined): EventNote {
  const [removal, ...others] = events.filter(({ name }) => isRemoval(name));
  const latest = state === "deleted" && removal ? latestOf([removal, ...others]) : latestOf(events);
  return stored && !isNamed(latest, state, stored) ? stored.event : noteOf(latest);
}

/**
 * Whether a record that is written over a stored one names this event. The time of an expiration is the
 * midnight at which it was due, so a tombstone can name one that is earlier than the record's event.
 */
function isNamed(
  { name, time }: EventNote,
  state: Content["state"],
  { event }: StoredRecord,
): boolean {
  if (state === "deleted" && isRemoval(name) !== isRemoval(event.name)) return isRemoval(name);
  return time > event.time;
}

function isRemoval(name: string): boolean {
  const kind = kindOf(name);
  return kind === "removed" || kind === "expired";
}

function firstGuard(
  events: Events,
  { readAt, answer }: Reading,
  content: Content,
  { name, time: eventTime }: EventNote,
): RecordWrite["guard"] {
  if (events.every(({ kind }) => kind === "listed")) return { kind: "absent" };
  const created = events.some(({ kind }) => kind === "created");
  // What is known of an object that S3 does not describe, or of its removal, is only in the record.
  if (content.state === "unreadable" && !created) return { kind: "absent" };
  if (content.state === "deleted" && !isRemoval(name)) return { kind: "absent" };
  return {
    kind: "first",
    readBefore: shifted(readAt, -FENCE_MS),
    eventTime,
    sequencer: sequencerTest(events, answer, content),
    notReadAfter: events.every(isCoverable) ? shifted(latestOf(events).time, FENCE_MS) : undefined,
    sameObject:
      content.state === "present" && !events.some((event) => isCreationOf(event, content.object)),
  };
}

/**
 * After an ambiguous answer, `decideAmbiguous` would decide the same for any record that passes. Otherwise
 * an expiration carries the sequencer of a version that is usually recorded, so the record keeps its own.
 */
function sequencerTest(
  events: Events,
  { kind: answer }: Answer,
  { state }: Content,
): FirstGuard["sequencer"] {
  const sequenced = events.filter(isSequenced);
  if (sequenced.length === 0) return "any";
  if (answer === "ambiguous") return state === "unreadable" ? "less than" : "at most";
  return sequenced.every(({ kind }) => kind === "expired") ? "at least" : "at most";
}

function greatestSequencer(events: Events): string {
  const sequencers = events.filter(isSequenced).map(({ sequencer }) => sequencer);
  return sequencers.reduce<string>((a, b) => greatestOf(a, b), NO_SEQUENCER);
}

function shifted(time: string, byMs: number): string {
  return new Date(Date.parse(time) + byMs).toISOString();
}
