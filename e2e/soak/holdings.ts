/** A version that S3 has acknowledged. A delete marker has no ETag. */
export interface Version {
  readonly id: string;
  readonly etag?: string | undefined;
}

/** The versions of each key that S3 has acknowledged and so must keep through any kill, newest first. */
export class Holdings {
  readonly #versions = new Map<string, readonly Version[]>();

  get keys(): number {
    return this.#versions.size;
  }

  versions(key: string): readonly Version[] {
    return this.#versions.get(key) ?? [];
  }

  /** Returns whether the current version of the key is an object. */
  isPresent(key: string): boolean {
    return this.versions(key)[0]?.etag !== undefined;
  }

  add(key: string, version: Version): void {
    this.#versions.set(key, [version, ...this.versions(key)]);
  }

  remove(key: string, id: string): void {
    this.#set(
      key,
      this.versions(key).filter((version) => version.id !== id),
    );
  }

  /** Replaces the versions of the key with those that S3 lists, in any order. Unknown versions are the newest. */
  adopt(key: string, found: readonly Version[]): void {
    const before = this.versions(key);
    const isKnown = ({ id }: Version) => before.some((version) => version.id === id);
    const isStill = ({ id }: Version) => found.some((version) => version.id === id);
    this.#set(key, [
      ...found.filter((version) => !isKnown(version)),
      ...before.filter((version) => isStill(version)),
    ]);
  }

  #set(key: string, versions: readonly Version[]): void {
    if (versions.length > 0) this.#versions.set(key, versions);
    else this.#versions.delete(key);
  }

  *entries(): Iterable<readonly [key: string, versions: readonly Version[]]> {
    yield* this.#versions;
  }
}
