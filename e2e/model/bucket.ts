/** The modeled properties of an object. */
export interface StoredObject {
  readonly text: string;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass: string;
  /** The archived object has a restored copy. */
  readonly restored: boolean;
  /** Encrypted with a key of the customer (SSE-C). */
  readonly customerKey: boolean;
}

/** A version of a key: an object, or a delete marker. */
export interface Version {
  readonly id: string;
  readonly object?: StoredObject;
}

export type Versioning = "Unversioned" | "Enabled" | "Suspended";

/** The id of versions that are overwritten in place. */
export const NULL = "null";

/**
 * Models the content of a bucket after each request, by the Amazon S3 User Guide ("Using versioning in S3
 * buckets"). The version ids are those that S3 returned.
 */
export class BucketModel {
  versioning: Versioning;
  /** The ETags of all objects, including deleted ones. */
  readonly etags = new Set<string>();
  /** Newest first. */
  readonly #stacks = new Map<string, Version[]>();

  constructor(versioning: Versioning) {
    this.versioning = versioning;
  }

  /** Returns every key that has ever had an object, in byte order, as S3 lists them. */
  keys(): string[] {
    return [...this.#stacks.keys()].toSorted((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
  }

  /** Returns the keys whose current version is an object, in byte order. */
  presentKeys(): string[] {
    return this.keys().filter((key) => this.current(key) !== undefined);
  }

  versions(key: string): readonly Version[] {
    return this.#stacks.get(key) ?? [];
  }

  /** Returns the object that a read of the key finds. */
  current(key: string): StoredObject | undefined {
    return this.versions(key)[0]?.object;
  }

  /** Adds an object. `id` is the version id that S3 returned, if it returned one. */
  put(key: string, object: StoredObject, id = NULL): void {
    this.etags.add(object.etag);
    this.#add(key, { id, object });
  }

  /** Applies a DELETE without a version id. `marker` is the id of the delete marker that S3 returned, if any. */
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

  /** Changes the current object in place. Throws if there is no current object. */
  change(key: string, change: Partial<StoredObject>): void {
    const [newest, ...older] = this.versions(key);
    if (newest?.object === undefined) throw new Error(`the model has no current object of ${key}`);
    this.#stacks.set(key, [{ ...newest, object: { ...newest.object, ...change } }, ...older]);
  }

  /** Adds a version. Only the id `null` can occur again: the new version then replaces the old one. */
  #add(key: string, version: Version): void {
    const others = this.versions(key).filter(({ id }) => id !== version.id);
    this.#stacks.set(key, [version, ...others]);
  }
}
