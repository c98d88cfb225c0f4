import type { Checksum } from "../body/checksum.ts";

export type Tags = Readonly<Record<string, string>>;

export type Encryption =
  | { readonly algorithm: "AES256" }
  | {
      readonly algorithm: "aws:kms" | "aws:kms:dsse";
      readonly keyId: string;
      readonly bucketKey: boolean;
    }
  | { readonly algorithm: "SSE-C"; readonly keyMd5: string };

/** Response headers that the writer chose, by their names on the wire. */
export type ContentHeaders = Readonly<Record<string, string>>;

export interface ObjectChecksum extends Checksum {
  readonly type: "FULL_OBJECT" | "COMPOSITE";
}

/** What is kept of an object besides its bytes and the columns that lists need. */
export interface ObjectAttributes {
  readonly headers: ContentHeaders;
  /** User metadata: lower-case names without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly encryption: Encryption;
  readonly redirect?: string;
  readonly checksum?: ObjectChecksum;
  /** When the restored copy of an archived object goes away, in unix milliseconds. */
  readonly restoredUntil?: number;
}

/** The version id of what was written while the bucket did not version. */
export const NULL_VERSION = "null";

/** One version of one key: an object or a delete marker. */
export interface ObjectVersion {
  /** Its sequence number: the greatest of a key is the newest. */
  readonly id: number;
  readonly bucket: number;
  readonly key: string;
  /** On the wire: opaque, or "null" where the bucket did not version when it was written. */
  readonly version: string;
  readonly latest: boolean;
  readonly marker: boolean;
  /** Unix milliseconds. */
  readonly modified: number;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly storageClass: string;
  readonly body: number | undefined;
  /** The upload whose parts, in order, are its bytes. */
  readonly upload: number | undefined;
  readonly attributes: ObjectAttributes;
  readonly tags: Tags | undefined;
}
