/** A version that S3 has acknowledged. A delete marker has no ETag. */
export interface Version {
  readonly id: string;
  readonly etag?: string | undefined;
}

/** An upload in parts that is started and not completed. */
export interface OpenUpload {
  readonly id: string;
  /** Of its only part. */
  readonly etag: string | undefined;
  /** The place of its version in the history of the key. */
  readonly place: number;
}

interface PlacedVersion extends Version {
  readonly place: number;
}

/**
 * The versions of each key that S3 has acknowledged and so must keep through any kill, newest first. A
 * version takes its place in the history of its key from the start of its upload.
 */
export class Holdings {
  readonly #versions = new Map<string, readonly PlacedVersion[]>();
  readonly #uploads = new Map<string, readonly OpenUpload[]>();
  #places = 0;

  get keys(): number {
    return this.#versions.size;
  }

  versions(key: string): readonly Version[] {
    return this.#versions.get(key) ?? [];
  }

  uploads(key: string): readonly OpenUpload[] {
    return this.#uploads.get(key) ?? [];
  }

  /** Returns whether the current version of the key is an object. */
  isPresent(key: string): boolean {
    return this.versions(key)[0]?.etag !== undefined;
  }

  add(key: string, version: Version, place = this.nextPlace()): void {
    this.#set(key, [...this.#placed(key), { ...version, place }]);
  }

  remove(key: string, id: string): void {
    this.#set(
      key,
      this.#placed(key).filter((version) => version.id !== id),
    );
  }

  /**
   * Replaces the versions of the key with those that S3 lists, in any order. Unknown versions are the
   * newest, or have the given place.
   */
  adopt(key: string, found: readonly Version[], place = this.nextPlace()): void {
    const before = this.#placed(key);
    this.#set(
      key,
      found.map((version) => before.find(({ id }) => id === version.id) ?? { ...version, place }),
    );
  }

  nextPlace(): number {
    return ++this.#places;
  }

  open(key: string, upload: OpenUpload): void {
    this.#uploads.set(key, [...this.uploads(key), upload]);
  }

  close(key: string, { id }: OpenUpload): void {
    this.#uploads.set(
      key,
      this.uploads(key).filter((upload) => upload.id !== id),
    );
  }

  #placed(key: string): readonly PlacedVersion[] {
    return this.#versions.get(key) ?? [];
  }

  #set(key: string, versions: readonly PlacedVersion[]): void {
    const ordered = versions.toSorted((a, b) => b.place - a.place);
    if (ordered.length > 0) this.#versions.set(key, ordered);
    else this.#versions.delete(key);
  }

  *entries(): Iterable<readonly [key: string, versions: readonly Version[]]> {
    yield* this.#versions;
  }
}
