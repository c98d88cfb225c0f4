import { describe, expect, test } from "vitest";

import type { ObjectDescription } from "../../src/object/description.ts";
import { type Head, readBy, type Reading } from "../../src/object/reading.ts";

const OBJECT: ObjectDescription = {
  size: 1,
  etag: "e",
  storageClass: "STANDARD",
  metadata: {},
  versionId: "v2",
};
const WITH_CHECKSUMS: ObjectDescription = { ...OBJECT, checksums: { CRC32: "c" } };
const ENCRYPTED: ObjectDescription = {
  ...OBJECT,
  encryption: { algorithm: "aws:kms", kmsKeyId: "k" },
};

const found = (object: ObjectDescription): Reading => ({ found: true, object });
const FORBIDDEN: Reading = { found: false, reason: "forbidden_or_gone" };
const GONE: Reading = { found: false, reason: "gone" };

/** An S3 with one result per mode, which records its requests. */
function s3(answers: { checksums: Reading; plain: Reading }) {
  const requests: string[] = [];
  const head: Head = async ({ versionId }, mode) => {
    requests.push(`${mode} ${versionId ?? "current"}`);
    return answers[mode];
  };
  return { head, requests };
}

describe("an object that is expected to be there", () => {
  test("is read with its checksums in one request", async () => {
    const { head, requests } = s3({ checksums: found(WITH_CHECKSUMS), plain: found(OBJECT) });
    expect(await readBy(head, { versionId: "v2", expected: "present" })).toEqual(
      found(WITH_CHECKSUMS),
    );
    expect(requests).toEqual(["checksums v2"]);
  });

  test("is read without checksums if they need a KMS key that is denied", async () => {
    const { head, requests } = s3({ checksums: FORBIDDEN, plain: found(ENCRYPTED) });
    expect(await readBy(head, { versionId: "v2", expected: "present" })).toEqual(found(ENCRYPTED));
    expect(requests).toEqual(["checksums v2", "plain v2"]);
  });

  test("is forbidden only after a request without checksums fails too", async () => {
    const { head, requests } = s3({ checksums: FORBIDDEN, plain: GONE });
    expect(await readBy(head, { versionId: undefined, expected: "present" })).toEqual(GONE);
    expect(requests).toEqual(["checksums current", "plain current"]);
  });

  test("takes one request if S3 answers that it is gone", async () => {
    const { head, requests } = s3({ checksums: GONE, plain: GONE });
    expect(await readBy(head, { versionId: "v2", expected: "present" })).toEqual(GONE);
    expect(requests).toHaveLength(1);
  });

  test("is read as the current version if its version id is null", async () => {
    const { head, requests } = s3({ checksums: found(WITH_CHECKSUMS), plain: found(OBJECT) });
    await readBy(head, { versionId: "null", expected: "present" });
    expect(requests).toEqual(["checksums current"]);
  });
});

describe("an object that is expected to be gone", () => {
  test.each([GONE, FORBIDDEN])("takes one request", async (plain) => {
    const { head, requests } = s3({ checksums: FORBIDDEN, plain });
    expect(await readBy(head, { versionId: undefined, expected: "gone" })).toEqual(plain);
    expect(requests).toEqual(["plain current"]);
  });

  test("is read again with checksums by the version that was found", async () => {
    const { head, requests } = s3({ checksums: found(WITH_CHECKSUMS), plain: found(OBJECT) });
    expect(await readBy(head, { versionId: undefined, expected: "gone" })).toEqual(
      found(WITH_CHECKSUMS),
    );
    expect(requests).toEqual(["plain current", "checksums v2"]);
  });

  test("is not read again if its checksums need a KMS key", async () => {
    const { head, requests } = s3({ checksums: FORBIDDEN, plain: found(ENCRYPTED) });
    expect(await readBy(head, { versionId: undefined, expected: "gone" })).toEqual(
      found(ENCRYPTED),
    );
    expect(requests).toEqual(["plain current"]);
  });

  test("keeps the first result if it is removed before the second request", async () => {
    const { head } = s3({ checksums: GONE, plain: found(OBJECT) });
    expect(await readBy(head, { versionId: undefined, expected: "gone" })).toEqual(found(OBJECT));
  });
});
