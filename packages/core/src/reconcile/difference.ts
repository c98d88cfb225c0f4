import type { StoredRecord } from "../catalog/stored.ts";
import type { Content } from "../catalog/record-write.ts";

/** What a listing of the bucket says about an object. */
export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** ISO-8601 UTC to the millisecond. */
  readonly lastModified: string;
  readonly storageClass: string;
}

/** A record of the catalog, as far as it is compared; tombstones are not. */
export interface RecordedObject {
  readonly key: string;
  /** The record; or why this version of Waybill cannot read it. */
  readonly stored: StoredRecord | Error;
}

/**
 * `missing`: the object has no record, or a tombstone. `ghost`: the record has no object. `different`: the
 * record describes another object. `unreadable`: S3 did not describe the object when it was last read.
 */
export type DifferenceKind = "missing" | "ghost" | "different" | "unreadable";

/** A key for which a listing and the catalog say different things. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly key: string;
  readonly listed?: ListedObject | undefined;
  readonly recorded?: RecordedObject | undefined;
}

/** How the entry of a listing and the record of a key differ, either of which can be absent; undefined if they do not. */
export function differenceOf(
  listed: ListedObject | undefined,
  recorded: RecordedObject | undefined,
): DifferenceKind | undefined {
  if (listed === undefined) return recorded && "ghost";
  if (recorded === undefined) return "missing";
  const { stored } = recorded;
  if (stored instanceof Error) return "different";
  if (stored.state === "unreadable") return "unreadable";
  const { object } = stored;
  const isEqual =
    stored.state === "present" &&
    object !== undefined &&
    object.size === listed.size &&
    object.etag === listed.etag &&
    secondOf(object.lastModified) === secondOf(listed.lastModified) &&
    (object.storageClass ?? "STANDARD") === listed.storageClass;
  return isEqual ? undefined : "different";
}

/** HeadObject answers whole seconds (an HTTP date), a listing can be more precise. */
const secondOf = (time: string | undefined): string | undefined => time?.slice(0, 19);

/** How a stored record differs from what a read says; undefined if it does not. */
export function changeOf(
  content: Content,
  stored: StoredRecord | undefined,
): DifferenceKind | undefined {
  const isRecorded = stored !== undefined && stored.state !== "deleted";
  if (content.state === "deleted") return isRecorded ? "ghost" : undefined;
  if (!isRecorded) return "missing";
  if (content.state === "unreadable") {
    const isEqual =
      stored.unreadable?.reason === content.reason && stored.object?.etag === content.object.etag;
    if (isEqual) return undefined;
    return stored.state === "unreadable" ? "unreadable" : "different";
  }
  if (stored.state === "unreadable") return "unreadable";
  const [a, b] = [content.object, stored.object];
  const isEqual =
    a.size === b?.size &&
    a.etag === b.etag &&
    a.lastModified === b.lastModified &&
    a.storageClass === b.storageClass &&
    // When versioning is enabled, an existing object becomes the version `null` without an event.
    (a.versionId ?? "null") === (b.versionId ?? "null");
  return isEqual ? undefined : "different";
}
