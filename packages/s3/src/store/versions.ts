import type { StatementSync } from "node:sqlite";
import {
  NULL_VERSION,
  type ObjectAttributes,
  type ObjectVersion,
  type Tags,
} from "../object/version.ts";
import type { Versioning } from "../settings.ts";
import type { Bodies, Segment } from "./bodies.ts";
import type { Bucket } from "./buckets.ts";
import {
  blob,
  integer,
  optionalInteger,
  optionalText,
  text,
  type Row,
  type Sqlite,
} from "@waybill/sqlite";
import { token, tokenId, type Sequence } from "./sequence.ts";
import type { Uploads } from "./uploads.ts";

/** An object to be stored as a new version. */
export interface NewObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly storageClass: string;
  readonly attributes: ObjectAttributes;
  readonly tags: Tags | undefined;
  readonly content: { readonly body: number } | { readonly upload: number };
  /** The place of the version in the history of its key, and its time; by default the next place, now. */
  readonly place?: { readonly id: number; readonly modified: number };
}

export interface Removal {
  /** The deleted version. Undefined if a delete marker was added, or there was no version. */
  readonly removed: ObjectVersion | undefined;
  /** The new delete marker. */
  readonly marker: ObjectVersion | undefined;
}

const INSERT = `INSERT INTO versions
  (id, bucket, key, version, latest, marker, modified, size, etag, storage_class, body, upload, attributes, tags)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The MD5 of empty content, which is the ETag of a delete marker in events. */
export const EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e";

/**
 * The versions of all keys. Changes must run in a transaction. The versioning of the bucket decides
 * whether a new version is added or replaces the "null" version
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html).
 */
export class Versions {
  readonly #sequence: Sequence;
  readonly #bodies: Bodies;
  readonly #uploads: Uploads;
  readonly #clock: () => Date;
  readonly #insert: StatementSync;
  readonly #newest: StatementSync;
  readonly #byId: StatementSync;
  readonly #nullVersion: StatementSync;
  readonly #demote: StatementSync;
  readonly #promote: StatementSync;
  readonly #delete: StatementSync;
  readonly #setTags: StatementSync;
  readonly #setStorage: StatementSync;
  readonly #any: StatementSync;
  readonly #byUpload: StatementSync;

  constructor(
    database: Sqlite,
    parts: { sequence: Sequence; bodies: Bodies; uploads: Uploads; clock: () => Date },
  ) {
    this.#sequence = parts.sequence;
    this.#bodies = parts.bodies;
    this.#uploads = parts.uploads;
    this.#clock = parts.clock;
    this.#insert = database.prepare(INSERT);
    this.#newest = database.prepare(
      "SELECT * FROM versions WHERE bucket = ? AND key = ? ORDER BY id DESC LIMIT 1",
    );
    this.#byId = database.prepare("SELECT * FROM versions WHERE id = ?");
    this.#nullVersion = database.prepare(
      "SELECT * FROM versions WHERE bucket = ? AND key = ? AND version = 'null'",
    );
    this.#demote = database.prepare("UPDATE versions SET latest = 0 WHERE id = ?");
    this.#promote = database.prepare("UPDATE versions SET latest = 1 WHERE id = ?");
    this.#delete = database.prepare("DELETE FROM versions WHERE id = ?");
    this.#setTags = database.prepare("UPDATE versions SET tags = ? WHERE id = ?");
    this.#setStorage = database.prepare(
      "UPDATE versions SET storage_class = ?, attributes = ? WHERE id = ?",
    );
    this.#byUpload = database.prepare("SELECT * FROM versions WHERE upload = ?");
    this.#any = database.prepare("SELECT 1 FROM versions WHERE bucket = ? LIMIT 1");
  }

  /** Returns the newest version of a key, which can be a delete marker. */
  newest(bucket: Bucket, key: string): ObjectVersion | undefined {
    return this.#one(this.#newest.get(bucket.id, Buffer.from(key)));
  }

  find(bucket: Bucket, key: string, version: string): ObjectVersion | undefined {
    if (version === NULL_VERSION) {
      return this.#one(this.#nullVersion.get(bucket.id, Buffer.from(key)));
    }
    const id = tokenId(version);
    const found = id === undefined ? undefined : this.#one(this.#byId.get(id));
    const same = found?.bucket === bucket.id && found.key === key && found.version === version;
    return same ? found : undefined;
  }

  /** Returns the object that was created from an upload. */
  madeFrom(uploadId: number): ObjectVersion | undefined {
    return this.#one(this.#byUpload.get(uploadId));
  }

  isEmpty(bucket: Bucket): boolean {
    return this.#any.get(bucket.id) === undefined;
  }

  put(bucket: Bucket, object: NewObject): ObjectVersion {
    return this.#add(bucket, object);
  }

  /** Returns the version that `put` would make, which is not stored. */
  unseen(bucket: Bucket, object: NewObject): ObjectVersion {
    return this.#versionOf(bucket, object, false);
  }

  /**
   * Deletes a key without a version id: adds a delete marker, or deletes the object in an
   * unversioned bucket.
   */
  remove(bucket: Bucket, key: string): Removal {
    if (bucket.settings.versioning !== "Unversioned") {
      return { removed: undefined, marker: this.#add(bucket, { key }) };
    }
    const removed = this.newest(bucket, key);
    if (removed) this.removeVersion(removed);
    return { removed, marker: undefined };
  }

  /**
   * Deletes one version permanently. If it was the newest, the one before it becomes the newest.
   */
  removeVersion(version: ObjectVersion): void {
    const key = Buffer.from(version.key);
    this.#drop(version);
    this.#uploads.disturb(version.bucket, key);
    if (!version.latest) return;
    const next = this.#newest.get(version.bucket, key);
    if (next) this.#promote.run(integer(next, "id"));
  }

  setTags(version: ObjectVersion, tags: Tags | undefined): void {
    this.#setTags.run(tags ? JSON.stringify(tags) : null, version.id);
  }

  setStorage(version: ObjectVersion, storageClass: string, attributes: ObjectAttributes): void {
    this.#setStorage.run(storageClass, JSON.stringify(attributes), version.id);
  }

  segments(version: ObjectVersion): Segment[] {
    if (version.upload !== undefined) return this.#uploads.segments(version.upload);
    return version.body === undefined ? [] : [{ body: version.body, size: version.size }];
  }

  #add(bucket: Bucket, object: NewObject | { readonly key: string }): ObjectVersion {
    const key = Buffer.from(object.key);
    if (bucket.settings.versioning !== "Enabled") this.#dropNullVersion(bucket, key);
    const newest = this.#one(this.#newest.get(bucket.id, key));
    const added = this.#versionOf(bucket, object, true);
    const latest = newest === undefined || newest.id < added.id;
    if (newest && latest) this.#demote.run(newest.id);
    if (newest && !latest && !newest.latest) this.#promote.run(newest.id);
    this.#insert.run(
      added.id,
      bucket.id,
      key,
      added.version,
      latest ? 1 : 0,
      added.marker ? 1 : 0,
      added.modified,
      added.size,
      added.etag,
      added.storageClass,
      added.body ?? null,
      added.upload ?? null,
      JSON.stringify(added.attributes),
      added.tags ? JSON.stringify(added.tags) : null,
    );
    return { ...added, latest };
  }

  #versionOf(
    bucket: Bucket,
    object: NewObject | { readonly key: string },
    latest: boolean,
  ): ObjectVersion {
    const place = "place" in object ? object.place : undefined;
    const id = place?.id ?? this.#sequence.next();
    return {
      id,
      bucket: bucket.id,
      version: bucket.settings.versioning === "Enabled" ? token(id) : NULL_VERSION,
      latest,
      modified: place?.modified ?? this.#clock().getTime(),
      ...("size" in object ? fromObject(object) : MARKER),
      key: object.key,
    };
  }

  #dropNullVersion(bucket: Bucket, key: Buffer): void {
    const replaced = this.#one(this.#nullVersion.get(bucket.id, key));
    if (replaced) this.#drop(replaced);
  }

  #drop(version: ObjectVersion): void {
    if (version.body !== undefined) this.#bodies.release(version.body);
    if (version.upload !== undefined) this.#uploads.remove(version.upload);
    this.#delete.run(version.id);
  }

  #one(row: Row | undefined): ObjectVersion | undefined {
    return row && readVersion(row);
  }
}

const MARKER = {
  marker: true,
  size: 0,
  etag: EMPTY_MD5,
  storageClass: "STANDARD",
  body: undefined,
  upload: undefined,
  attributes: { headers: {}, metadata: {}, encryption: { algorithm: "AES256" } },
  tags: undefined,
} as const;

function fromObject(object: NewObject) {
  const { content, place: _, ...rest } = object;
  return {
    ...rest,
    marker: false,
    body: "body" in content ? content.body : undefined,
    upload: "upload" in content ? content.upload : undefined,
  };
}

export function readVersion(row: Row): ObjectVersion {
  const tags = optionalText(row, "tags");
  const attributes: ObjectAttributes = JSON.parse(text(row, "attributes"));
  return {
    id: integer(row, "id"),
    bucket: integer(row, "bucket"),
    key: blob(row, "key").toString(),
    version: text(row, "version"),
    latest: integer(row, "latest") === 1,
    marker: integer(row, "marker") === 1,
    modified: integer(row, "modified"),
    size: integer(row, "size"),
    etag: text(row, "etag"),
    storageClass: text(row, "storage_class"),
    body: optionalInteger(row, "body"),
    upload: optionalInteger(row, "upload"),
    attributes,
    tags: tags === undefined ? undefined : readTags(tags),
  };
}

function readTags(json: string): Tags {
  const tags: Tags = JSON.parse(json);
  return tags;
}

/** Returns whether versioning was ever enabled. Only then do responses have version ids. */
export function hasVersions(versioning: Versioning): boolean {
  return versioning !== "Unversioned";
}
