import type { EventNote } from "../catalog/stored.ts";
import type { ObjectChange } from "../notification/event.ts";

/** The fields that tell one object of a key from another. */
interface Identified {
  readonly versionId?: string | undefined;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** A creation, a removal or an expiration, by which an ambiguous answer of S3 is decided. */
export type Sequenced = ObjectChange & { readonly sequencer: string };

/**
 * The sequencer of an event, as far as it orders the event. That of a change orders nothing: it is the
 * position of the version that changed, so it says only when that version was created.
 */
export function isSequenced(event: ObjectChange): event is Sequenced {
  return event.kind !== "changed" && event.kind !== "listed" && event.sequencer !== undefined;
}

/** The latest of some events by their time; of several at one time, the one with the greatest sequencer. */
export function latestOf<T extends ObjectChange>(events: readonly [T, ...T[]]): T {
  return events.reduce((a, b) => (isLater(b, a) ? b : a));
}

function isLater(a: ObjectChange, b: ObjectChange): boolean {
  if (a.time !== b.time) return a.time > b.time;
  return (a.sequencer ?? "") > (b.sequencer ?? "");
}

/** What a record keeps of an event. */
export function noteOf({ name, time, principal, sourceIp, requestId }: ObjectChange): EventNote {
  return { name, time, principal, sourceIp, requestId };
}

/**
 * Whether an event reports the creation of this very object. The version id identifies it. Without one,
 * the ETag does unless the same content was written twice; the object cannot be newer than its event.
 */
export function isCreationOf(
  event: ObjectChange,
  { versionId, etag, lastModified = "" }: Identified,
): boolean {
  if (event.kind !== "created") return false;
  if (isNamed(event.versionId) || isNamed(versionId)) return event.versionId === versionId;
  return event.etag === etag && event.time >= lastModified;
}

/** Whether a version id identifies one version: `null` is overwritten in place. */
function isNamed(versionId: string | undefined): boolean {
  return versionId !== undefined && versionId !== "null";
}
