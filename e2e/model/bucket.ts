/** What is kept of an object. */
export interface StoredObject {
  readonly text: string;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass: string;
  /** A copy of the archived object is there. */
  readonly restored: boolean;
  /** Encrypted with a key that only its owner has (SSE-C). */
  readonly customerKey: boolean;
}

/** A version of a key: an object, or a delete marker. */
export interface Version {
  readonly id: string;
  readonly object?: StoredObject;
}

export type Versioning = "Unversioned" | "Enabled" | "Suspended";

/** The id of the versions that are overwritten in place. */
export const NULL = "null";

/**
 * A bucket as the Amazon S3 User Guide describes it ("Using versioning in S3 buckets"), without S3:
 * what it must hold after each request. Ids are S3's own.
 */
export class BucketModel {
  versioning: Versioning;
  /** Of every object that there ever was. */
  readonly etags = new Set<string>();
  /** Newest first. */
  readonly #stacks = new Map<string, Version[]>();

  constructor(versioning: Versioning) {
    this.versioning = versioning;
  }

  /** Every key that ever held something, in byte order, as S3 lists. */
  keys(): string[] {
    return [...this.#stacks.keys()].toSorted((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
  }

  /** The keys that a read finds an object under, in byte order. */
  presentKeys(): string[] {
    return this.keys().filter((key) => this.current(key) !== undefined);
  }

  versions(key: string): readonly Version[] {
    return this.#stacks.get(key) ?? [];
  }

  /** The object that a read of the key finds. */
  current(key: string): StoredObject | undefined {
    return this.versions(key)[0]?.object;
  }

  /** @param id of the new version, where S3 gave one. */
  put(key: string, object: StoredObject, id = NULL): void {
    this.etags.add(object.etag);
    this.#add(key, { id, object });
  }

  /** A DELETE that names no version. @param marker the marker's id, where S3 gave one. */
  remove(key: string, marker = NULL): void {
    if (this.versioning !== "Unversioned") this.#add(key, { id: marker });
    else if (this.#stacks.has(key)) this.#stacks.set(key, []);
  }

  removeVersion(key: string, id: string): void {
    this.#stacks.set(
      key,
      this.versions(key).filter((version) => version.id !== id),
    );
  }

  /** Changes the current object in place. */
  change(key: string, change: Partial<StoredObject>): void {
    const [newest, ...older] = this.versions(key);
    if (newest?.object === undefined) throw new Error("there is no object to change");
    this.#stacks.set(key, [{ ...newest, object: { ...newest.object, ...change } }, ...older]);
  }

  /** There is one version of an id; only `null` comes twice, and then replaces what had it. */
  #add(key: string, version: Version): void {
    const others = this.versions(key).filter(({ id }) => id !== version.id);
    this.#stacks.set(key, [version, ...others]);
  }
}
