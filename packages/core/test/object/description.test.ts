import { describe, expect, test } from "vitest";

import { describeObject, parseRestore } from "../../src/object/description.ts";

const HEAD = {
  ContentLength: 1024,
  ETag: '"9b2cf535f27731c974343645a3985328"',
  LastModified: new Date("2026-03-01T09:15:04Z"),
};

describe("the description of an object", () => {
  test("has every field of S3's response", () => {
    const head = {
      ...HEAD,
      VersionId: "v1",
      ContentType: "image/jpeg",
      ContentEncoding: "gzip",
      ContentLanguage: "de",
      ContentDisposition: "inline",
      CacheControl: "no-cache",
      ExpiresString: "never, it seems",
      WebsiteRedirectLocation: "/other",
      StorageClass: "INTELLIGENT_TIERING",
      ArchiveStatus: "DEEP_ARCHIVE_ACCESS",
      Restore: 'ongoing-request="true"',
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: "arn:aws:kms:us-west-2:111122223333:key/k",
      BucketKeyEnabled: true,
      ChecksumCRC64NVME: "AAAAAAAAAAA=",
      ChecksumSHA256: "c2hh",
      ChecksumType: "FULL_OBJECT",
      MissingMeta: 2,
    } as const;
    const object = describeObject(head, {
      "x-amz-meta-title": "=?UTF-8?B?w7xtbGF1dA==?=",
      "x-amz-meta-plain": "a",
      "content-type": "image/jpeg",
    });
    expect(object).toEqual({
      size: 1024,
      etag: "9b2cf535f27731c974343645a3985328",
      lastModified: "2026-03-01T09:15:04.000Z",
      versionId: "v1",
      contentType: "image/jpeg",
      contentEncoding: "gzip",
      contentLanguage: "de",
      contentDisposition: "inline",
      cacheControl: "no-cache",
      expires: "never, it seems",
      websiteRedirect: "/other",
      storageClass: "INTELLIGENT_TIERING",
      archiveStatus: "DEEP_ARCHIVE_ACCESS",
      restore: { ongoing: true, until: undefined },
      encryption: {
        algorithm: "aws:kms",
        kmsKeyId: "arn:aws:kms:us-west-2:111122223333:key/k",
        bucketKey: true,
      },
      checksums: { CRC64NVME: "AAAAAAAAAAA=", SHA256: "c2hh" },
      checksumType: "FULL_OBJECT",
      metadata: { title: "ümlaut", plain: "a" },
      missingMetadata: 2,
    });
  });

  test("has the storage class STANDARD if S3 omits it", () => {
    expect(describeObject(HEAD, {})).toMatchObject({ storageClass: "STANDARD" });
  });

  test("has a size of 0 for an empty object", () => {
    expect(describeObject({ ...HEAD, ContentLength: 0 }, {})).toMatchObject({ size: 0 });
  });

  test("has no time if S3's time is invalid", () => {
    const object = describeObject({ ...HEAD, LastModified: new Date(Number.NaN) }, {});
    expect(object.lastModified).toBeUndefined();
  });

  test("keeps metadata with the names of JavaScript properties", () => {
    const headers = { "x-amz-meta-__proto__": "a", "x-amz-meta-constructor": "b" };
    const { metadata } = describeObject(HEAD, headers);
    expect(Object.entries(metadata)).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
  });

  test.each([
    { ...HEAD, ETag: undefined },
    { ...HEAD, ContentLength: undefined },
  ])("is rejected without a size or an ETag", (head) => {
    expect(() => describeObject(head, {})).toThrow(
      expect.objectContaining({ code: "object.bad_answer", retry: true }),
    );
  });
});

describe("the restored copy of an archived object", () => {
  test("is in progress, or available until a time", () => {
    expect(parseRestore('ongoing-request="true"')).toEqual({ ongoing: true, until: undefined });
    expect(
      parseRestore('ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"'),
    ).toEqual({ ongoing: false, until: "2012-12-21T00:00:00.000Z" });
  });

  test("has no time if the header's time is invalid", () => {
    expect(parseRestore('ongoing-request="false", expiry-date="soon"')).toEqual({
      ongoing: false,
      until: undefined,
    });
  });
});
