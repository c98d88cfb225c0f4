import type { HeadObjectOutput } from "@aws-sdk/client-s3";

import { ServiceError } from "../error.ts";
import { decodeEncodedWords } from "./encoded-word.ts";

/** The description of one version of an object. Times are ISO-8601 UTC to the millisecond. */
export interface ObjectDescription {
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified?: string | undefined;
  /** Absent if the bucket never had versioning; the string `null` for a version from before versioning. */
  readonly versionId?: string | undefined;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly cacheControl?: string | undefined;
  /** The header as it was set; it is not always a date. */
  readonly expires?: string | undefined;
  readonly websiteRedirect?: string | undefined;
  readonly storageClass: string;
  /** The archive tier of S3 Intelligent-Tiering. */
  readonly archiveStatus?: string | undefined;
  readonly restore?: Restore | undefined;
  readonly encryption?: Encryption | undefined;
  /** By S3's name of the algorithm, such as `CRC64NVME`. */
  readonly checksums?: Readonly<Record<string, string>> | undefined;
  readonly checksumType?: string | undefined;
  /** User metadata: decoded, names in lower case without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Number of user metadata entries that S3 could not return. */
  readonly missingMetadata?: number | undefined;
  /** Absent if the stage does not record tags. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** The restored copy of an archived object: in progress, or available until a time. */
export type Restore = {
  readonly ongoing: boolean;
  readonly until?: string | undefined;
};

export type Encryption = {
  readonly algorithm: string;
  readonly kmsKeyId?: string | undefined;
  readonly bucketKey?: boolean | undefined;
};

/**
 * Converts S3's response to a description. Throws a `ServiceError` if it has no size or ETag.
 *
 * The user metadata is read from the headers of the response, by lower-case name: the SDK loses an entry
 * that is named `__proto__`.
 */
export function describeObject(
  head: HeadObjectOutput,
  headers: Readonly<Record<string, string>>,
): ObjectDescription {
  if (head.ContentLength === undefined || head.ETag === undefined) {
    throw new ServiceError(
      "object.bad_answer",
      "S3 described the object without a size or an ETag.",
      {
        retry: true,
      },
    );
  }
  return {
    size: head.ContentLength,
    etag: head.ETag.replaceAll('"', ""),
    lastModified: isoTime(head.LastModified),
    versionId: head.VersionId,
    contentType: head.ContentType,
    contentEncoding: head.ContentEncoding,
    contentLanguage: head.ContentLanguage,
    contentDisposition: head.ContentDisposition,
    cacheControl: head.CacheControl,
    expires: head.ExpiresString,
    websiteRedirect: head.WebsiteRedirectLocation,
    // S3 omits the header for objects of this class.
    storageClass: head.StorageClass ?? "STANDARD",
    archiveStatus: head.ArchiveStatus,
    restore: head.Restore === undefined ? undefined : parseRestore(head.Restore),
    encryption: describeEncryption(head),
    checksums: describeChecksums(head),
    checksumType: head.ChecksumType,
    metadata: describeMetadata(headers),
    missingMetadata: head.MissingMeta || undefined,
  };
}

/** Parses the header `x-amz-restore`: `ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"`. */
export function parseRestore(header: string): Restore {
  const until = /expiry-date="([^"]*)"/.exec(header)?.[1];
  return {
    ongoing: /ongoing-request="true"/.test(header),
    until: until === undefined ? undefined : isoTime(new Date(until)),
  };
}

function isoTime(date: Date | undefined): string | undefined {
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function describeEncryption(head: HeadObjectOutput): Encryption | undefined {
  if (head.ServerSideEncryption === undefined) return undefined;
  return {
    algorithm: head.ServerSideEncryption,
    kmsKeyId: head.SSEKMSKeyId,
    bucketKey: head.BucketKeyEnabled,
  };
}

function describeChecksums(head: HeadObjectOutput): Record<string, string> | undefined {
  const all: [string, string | undefined][] = [
    ["CRC32", head.ChecksumCRC32],
    ["CRC32C", head.ChecksumCRC32C],
    ["CRC64NVME", head.ChecksumCRC64NVME],
    ["SHA1", head.ChecksumSHA1],
    ["SHA256", head.ChecksumSHA256],
    ["SHA512", head.ChecksumSHA512],
    ["MD5", head.ChecksumMD5],
    ["XXHASH64", head.ChecksumXXHASH64],
    ["XXHASH3", head.ChecksumXXHASH3],
    ["XXHASH128", head.ChecksumXXHASH128],
  ];
  const sent = all.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return sent.length > 0 ? Object.fromEntries(sent) : undefined;
}

const METADATA_PREFIX = "x-amz-meta-";

function describeMetadata(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(METADATA_PREFIX))
      .map(([name, value]) => [name.slice(METADATA_PREFIX.length), decodeEncodedWords(value)]),
  );
}
