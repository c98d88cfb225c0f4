import type { StatementSync } from "node:sqlite";
import type { Checksum, ChecksumAlgorithm } from "../body/checksum.ts";
import type { ObjectAttributes, Tags } from "../object/version.ts";
import type { Bodies, Segment } from "./bodies.ts";
import type { Bucket } from "./buckets.ts";
import { blob, integer, optionalText, text, type Row, type Sqlite } from "@waybill/sqlite";
import { token, tokenId, type Sequence } from "./sequence.ts";

/** The checksum of a multipart upload. S3 adds a default one if the client requested none. */
export interface UploadChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: "FULL_OBJECT" | "COMPOSITE";
  /** Whether the client requested it. False for the default. */
  readonly asked: boolean;
}

export interface Initiator {
  readonly id: string;
  readonly name: string;
}

export interface NewUpload {
  readonly key: string;
  readonly storageClass: string;
  readonly attributes: ObjectAttributes;
  readonly tags: Tags | undefined;
  readonly checksum: UploadChecksum;
  readonly initiator: Initiator;
}

export interface Upload extends NewUpload {
  readonly id: number;
  /** The upload id in the API. */
  readonly token: string;
  readonly bucket: number;
  readonly initiated: number;
  /** False after completion: the parts are then the content of an object. */
  readonly open: boolean;
  /** Whether a version of its key was deleted since the upload was created. */
  readonly disturbed: boolean;
}

export interface NewPart {
  readonly number: number;
  readonly size: number;
  /** The MD5 of the part in hex. */
  readonly etag: string;
  readonly body: number;
  readonly checksum: Checksum;
}

export interface Part extends NewPart {
  readonly modified: number;
}

/** Multipart uploads and their parts. Changes must run in a transaction. */
export class Uploads {
  readonly #sequence: Sequence;
  readonly #bodies: Bodies;
  readonly #clock: () => Date;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #complete: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteParts: StatementSync;
  readonly #putPart: StatementSync;
  readonly #part: StatementSync;
  readonly #partsAfter: StatementSync;
  readonly #deletePart: StatementSync;
  readonly #segments: StatementSync;
  readonly #ofBucket: StatementSync;
  readonly #disturb: StatementSync;

  constructor(database: Sqlite, parts: { sequence: Sequence; bodies: Bodies; clock: () => Date }) {
    this.#sequence = parts.sequence;
    this.#bodies = parts.bodies;
    this.#clock = parts.clock;
    this.#insert = database.prepare(`INSERT INTO uploads
      (id, token, bucket, key, initiated, open, storage_class, attributes, tags, checksum,
       initiator, disturbed)
      VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, 0)`);
    this.#select = database.prepare("SELECT * FROM uploads WHERE id = ?");
    this.#complete = database.prepare("UPDATE uploads SET open = 0 WHERE id = ?");
    this.#delete = database.prepare("DELETE FROM uploads WHERE id = ?");
    this.#deleteParts = database.prepare("DELETE FROM parts WHERE upload = ?");
    this.#putPart = database.prepare(`INSERT OR REPLACE INTO parts
      (upload, number, size, etag, modified, body, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)`);
    this.#part = database.prepare("SELECT * FROM parts WHERE upload = ? AND number = ?");
    this.#partsAfter = database.prepare(
      "SELECT * FROM parts WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
    );
    this.#deletePart = database.prepare("DELETE FROM parts WHERE upload = ? AND number = ?");
    this.#segments = database.prepare(
      "SELECT body, size FROM parts WHERE upload = ? ORDER BY number",
    );
    this.#disturb = database.prepare(
      "UPDATE uploads SET disturbed = 1 WHERE bucket = ? AND key = ? AND open = 1",
    );
    this.#ofBucket = database.prepare("SELECT id FROM uploads WHERE bucket = ? AND open = 1");
  }

  create(bucket: Bucket, upload: NewUpload): Upload {
    const id = this.#sequence.next();
    const created = {
      ...upload,
      id,
      token: token(id),
      bucket: bucket.id,
      initiated: this.#clock().getTime(),
      open: true,
      disturbed: false,
    };
    this.#insert.run(
      id,
      created.token,
      bucket.id,
      Buffer.from(upload.key),
      created.initiated,
      upload.storageClass,
      JSON.stringify(upload.attributes),
      upload.tags ? JSON.stringify(upload.tags) : null,
      JSON.stringify(upload.checksum),
      JSON.stringify(upload.initiator),
    );
    return created;
  }

  /** Returns the upload with that id and key, open or completed. */
  find(bucket: Bucket, key: string, uploadId: string): Upload | undefined {
    const id = tokenId(uploadId);
    const row = id === undefined ? undefined : this.#select.get(id);
    const found = row && readUpload(row);
    const same = found?.bucket === bucket.id && found.key === key && found.token === uploadId;
    return same ? found : undefined;
  }

  /** Returns the key of the upload with that sequence number. */
  keyOf(id: number): string | undefined {
    const row = this.#select.get(id);
    return row && blob(row, "key").toString();
  }

  /** Adds a part, and replaces one of the same number. */
  putPart(upload: Upload, part: NewPart): Part {
    const replaced = this.#part.get(upload.id, part.number);
    if (replaced) this.#bodies.release(integer(replaced, "body"));
    const modified = this.#clock().getTime();
    this.#putPart.run(
      upload.id,
      part.number,
      part.size,
      part.etag,
      modified,
      part.body,
      JSON.stringify(part.checksum),
    );
    return { ...part, modified };
  }

  part(uploadId: number, number: number): Part | undefined {
    const row = this.#part.get(uploadId, number);
    return row && readPart(row);
  }

  /** Returns up to `limit` parts with numbers greater than `after`, in order. */
  parts(uploadId: number, after = 0, limit = -1): Part[] {
    return this.#partsAfter.all(uploadId, after, limit).map(readPart);
  }

  segments(uploadId: number): Segment[] {
    return this.#segments
      .all(uploadId)
      .map((row) => ({ body: integer(row, "body"), size: integer(row, "size") }));
  }

  /** Keeps the parts with these numbers, deletes the others, and closes the upload. */
  complete(upload: Upload, numbers: ReadonlySet<number>): void {
    for (const part of this.parts(upload.id)) {
      if (numbers.has(part.number)) continue;
      this.#bodies.release(part.body);
      this.#deletePart.run(upload.id, part.number);
    }
    this.#complete.run(upload.id);
  }

  /** Marks the open uploads of a key, because a version of it was deleted. */
  disturb(bucketId: number, key: Buffer): void {
    this.#disturb.run(bucketId, key);
  }

  /** Deletes an upload and its parts. */
  remove(uploadId: number): void {
    for (const { body } of this.segments(uploadId)) this.#bodies.release(body);
    this.#deleteParts.run(uploadId);
    this.#delete.run(uploadId);
  }

  /** Deletes the open uploads of a bucket. */
  removeAll(bucket: Bucket): void {
    for (const row of this.#ofBucket.all(bucket.id)) this.remove(integer(row, "id"));
  }
}

export function readUpload(row: Row): Upload {
  const attributes: ObjectAttributes = JSON.parse(text(row, "attributes"));
  const checksum: UploadChecksum = JSON.parse(text(row, "checksum"));
  const initiator: Initiator = JSON.parse(text(row, "initiator"));
  const tags: Tags | null = JSON.parse(optionalText(row, "tags") ?? "null");
  return {
    id: integer(row, "id"),
    token: text(row, "token"),
    bucket: integer(row, "bucket"),
    key: blob(row, "key").toString(),
    initiated: integer(row, "initiated"),
    open: integer(row, "open") === 1,
    disturbed: integer(row, "disturbed") === 1,
    storageClass: text(row, "storage_class"),
    attributes,
    tags: tags ?? undefined,
    checksum,
    initiator,
  };
}

function readPart(row: Row): Part {
  const checksum: Checksum = JSON.parse(text(row, "checksum"));
  return {
    number: integer(row, "number"),
    size: integer(row, "size"),
    etag: text(row, "etag"),
    modified: integer(row, "modified"),
    body: integer(row, "body"),
    checksum,
  };
}
