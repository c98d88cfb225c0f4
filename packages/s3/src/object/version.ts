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

/** Stored response headers, by their name in HTTP. */
export type ContentHeaders = Readonly<Record<string, string>>;

export interface ObjectChecksum extends Checksum {
  readonly type: "FULL_OBJECT" | "COMPOSITE";
}

/** The attributes of an object that lists do not show. */
export interface ObjectAttributes {
  readonly headers: ContentHeaders;
  /** User metadata: lower-case names without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly encryption: Encryption;
  readonly redirect?: string;
  readonly checksum?: ObjectChecksum;
  /** When the restored copy of an archived object expires, in Unix milliseconds. */
  readonly restoredUntil?: number;
}

/** The version id of an object that was written without versioning. */
export const NULL_VERSION = "null";

/** One version of one key: an object or a delete marker. */
export interface ObjectVersion {
  /** The sequence number. The newest version of a key has the greatest. */
  readonly id: number;
  readonly bucket: number;
  readonly key: string;
  /** The version id in the API: opaque, or "null" if it was written without versioning. */
  readonly version: string;
  readonly latest: boolean;
  readonly marker: boolean;
  /** In Unix milliseconds. */
  readonly modified: number;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly storageClass: string;
  readonly body: number | undefined;
  /** The multipart upload whose parts are the content. */
  readonly upload: number | undefined;
  readonly attributes: ObjectAttributes;
  readonly tags: Tags | undefined;
}
