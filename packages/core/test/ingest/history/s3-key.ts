import type { ObjectChange } from "../../../src/notification/event.ts";
import { normalizeSequencer } from "../../../src/notification/sequencer.ts";
import type { Answer } from "../../../src/object/reading.ts";
import type { ListedObject } from "../../../src/reconcile/difference.ts";

export const BUCKET = "files";
export const KEY = "k";

/** What AWS documents as open, or does not document; the rule must be right for each. */
export interface Behavior {
  readonly versioned: boolean;
  /** The sequencer of the removal of a version by its id. */
  readonly removalSequencer: "own" | "removed version";
  /** Without versions: whether an upload that started before the last change of its key is seen. */
  readonly supersededUploads: "hidden" | "visible";
}

interface Version {
  readonly id: string;
  /** The position in the history of the key. */
  readonly place: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly marker: boolean;
  /** Encrypted with a key of the client: S3 answers 400. */
  readonly customerKey: boolean;
  storageClass: string;
}

export interface Upload {
  readonly place: number;
  readonly startedAt: number;
}

/**
 * One key of a bucket as AWS was recorded to keep it: versions take the place of the start of their
 * upload, and events carry the sequencer of the version they are about. Times are epoch milliseconds.
 */
export class S3Key {
  readonly events: ObjectChange[] = [];
  readonly #behavior: Behavior;
  #places = 0;
  /** In the order of their places. */
  #versions: Version[] = [];
  #lastChange = 0;

  constructor(behavior: Behavior) {
    this.#behavior = behavior;
  }

  get current(): Version | undefined {
    const newest = this.#versions.at(-1);
    return newest?.marker === false ? newest : undefined;
  }

  /** The greatest place of a version or a marker so far, removed ones included. */
  get lastPlace(): number {
    return this.#lastChange;
  }

  put(now: number, customerKey = false): void {
    this.complete(this.start(now), now, "ObjectCreated:Put", customerKey);
  }

  start(now: number): Upload {
    return { place: ++this.#places, startedAt: now };
  }

  complete(
    { place, startedAt }: Upload,
    now: number,
    name = "ObjectCreated:CompleteMultipartUpload",
    customerKey = false,
  ): void {
    const { versioned, supersededUploads } = this.#behavior;
    const version: Version = {
      id: versioned ? `v${place}` : "null",
      place,
      etag: `e${place}`,
      lastModified: Math.floor(startedAt / 1000) * 1000,
      marker: false,
      customerKey,
      storageClass: "STANDARD",
    };
    if (versioned) this.#insert(version);
    else if (place > this.#lastChange || supersededUploads === "visible") {
      this.#versions = [version];
      this.#lastChange = Math.max(this.#lastChange, place);
    }
    this.#send("created", name, now, place, version);
  }

  /** Deletes without a version id. */
  delete(now: number): void {
    const place = ++this.#places;
    if (this.#behavior.versioned) {
      const marker = this.#marker(place, now);
      this.#insert(marker);
      this.#send("removed", "ObjectRemoved:DeleteMarkerCreated", now, place, marker);
    } else if (this.#versions.length > 0) {
      this.#versions = [];
      this.#lastChange = place;
      this.#send("removed", "ObjectRemoved:Delete", now, place);
    }
  }

  /** Removes the nth newest version or marker by its id. */
  removeVersion(n: number, now: number): void {
    if (!this.#behavior.versioned) return;
    const version = this.#versions.at(-1 - (n % Math.max(1, this.#versions.length)));
    if (version === undefined) return;
    this.#versions = this.#versions.filter((other) => other !== version);
    const own = ++this.#places;
    const place = this.#behavior.removalSequencer === "own" ? own : version.place;
    this.#send("removed", "ObjectRemoved:Delete", now, place, version);
  }

  /** Expires the current object, or a version that is not current. The event's time is the midnight before. */
  expire(noncurrent: boolean, now: number): void {
    const midnight = now - (now % 86_400_000);
    if (noncurrent) {
      const version = this.#versions.at(-2);
      if (version === undefined) return;
      this.#versions = this.#versions.filter((other) => other !== version);
      this.#send("expired", "LifecycleExpiration:Delete", midnight, version.place, version);
      return;
    }
    const { current } = this;
    // An object whose upload was overtaken and that expires leaves no evidence: see docs/architecture.md.
    if (current === undefined || (!this.#behavior.versioned && current.place < this.#lastChange))
      return;
    if (this.#behavior.versioned) {
      const marker = this.#marker(++this.#places, now);
      this.#insert(marker);
      this.#send(
        "expired",
        "LifecycleExpiration:DeleteMarkerCreated",
        midnight,
        current.place,
        marker,
      );
    } else {
      this.#versions = [];
      this.#lastChange = ++this.#places;
      this.#send("expired", "LifecycleExpiration:Delete", midnight, current.place);
    }
  }

  /** Changes a field of the current version in place. */
  change(now: number): void {
    const { current } = this;
    if (current === undefined) return;
    current.storageClass = current.storageClass === "STANDARD" ? "GLACIER" : "STANDARD";
    this.#send("changed", "LifecycleTransition", now, current.place, current);
  }

  /** The entry of a listing; undefined if there is none. */
  list(): ListedObject | undefined {
    const { current } = this;
    if (current === undefined) return undefined;
    const { etag, storageClass, lastModified } = current;
    return { key: KEY, size: 5, etag, storageClass, lastModified: iso(lastModified) };
  }

  /** The answer to HEAD. */
  read(mayList: boolean): Answer {
    const { current } = this;
    if (current === undefined) return { kind: mayList ? "gone" : "ambiguous" };
    if (current.customerKey) return { kind: "undescribed", reason: "customer_key" };
    return {
      kind: "object",
      object: {
        size: 5,
        etag: current.etag,
        lastModified: iso(current.lastModified),
        versionId: this.#behavior.versioned ? current.id : undefined,
        storageClass: current.storageClass,
        metadata: {},
      },
    };
  }

  #marker(place: number, now: number): Version {
    const common = { etag: "", lastModified: now, customerKey: false, storageClass: "" };
    return { id: `v${place}`, place, marker: true, ...common };
  }

  #insert(version: Version): void {
    this.#versions = [...this.#versions, version].toSorted((a, b) => a.place - b.place);
    this.#lastChange = Math.max(this.#lastChange, version.place);
  }

  #send(
    kind: ObjectChange["kind"],
    name: string,
    time: number,
    place: number,
    version?: Version,
  ): void {
    this.events.push({
      kind,
      name,
      time: iso(time),
      region: "eu-central-1",
      bucket: BUCKET,
      key: KEY,
      versionId: this.#behavior.versioned ? version?.id : undefined,
      ...(version && !version.marker ? { etag: version.etag, size: 5 } : {}),
      sequencer: normalizeSequencer(place.toString(16)),
    });
  }
}

export const iso = (time: number): string => new Date(time).toISOString();
