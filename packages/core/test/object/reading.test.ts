import { describe, expect, test } from "vitest";

import type { ObjectDescription } from "../../src/object/description.ts";
import { type Ask, readBy, type Reading } from "../../src/object/reading.ts";

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

/** An S3 with one answer for each mode, which tells what it was asked. */
function s3(answers: { checksums: Reading; plain: Reading }) {
  const asked: string[] = [];
  const ask: Ask = async ({ versionId }, mode) => {
    asked.push(`${mode} ${versionId ?? "current"}`);
    return answers[mode];
  };
  return { ask, asked };
}

describe("an object that is expected to be there", () => {
  test("is described by one request, with its checksums", async () => {
    const { ask, asked } = s3({ checksums: found(WITH_CHECKSUMS), plain: found(OBJECT) });
    expect(await readBy(ask, { versionId: "v2", expected: "present" })).toEqual(
      found(WITH_CHECKSUMS),
    );
    expect(asked).toEqual(["checksums v2"]);
  });

  test("is described without checksums if those need a key that may not be used", async () => {
    const { ask, asked } = s3({ checksums: FORBIDDEN, plain: found(ENCRYPTED) });
    expect(await readBy(ask, { versionId: "v2", expected: "present" })).toEqual(found(ENCRYPTED));
    expect(asked).toEqual(["checksums v2", "plain v2"]);
  });

  test("is refused only once a request without checksums was refused too", async () => {
    const { ask, asked } = s3({ checksums: FORBIDDEN, plain: GONE });
    expect(await readBy(ask, { versionId: undefined, expected: "present" })).toEqual(GONE);
    expect(asked).toEqual(["checksums current", "plain current"]);
  });

  test("takes one request if S3 says that it is gone", async () => {
    const { ask, asked } = s3({ checksums: GONE, plain: GONE });
    expect(await readBy(ask, { versionId: "v2", expected: "present" })).toEqual(GONE);
    expect(asked).toHaveLength(1);
  });

  test("is read as the current version if its own is null", async () => {
    const { ask, asked } = s3({ checksums: found(WITH_CHECKSUMS), plain: found(OBJECT) });
    await readBy(ask, { versionId: "null", expected: "present" });
    expect(asked).toEqual(["checksums current"]);
  });
});

describe("an object that is expected to be gone", () => {
  test.each([GONE, FORBIDDEN])("takes one request", async (plain) => {
    const { ask, asked } = s3({ checksums: FORBIDDEN, plain });
    expect(await readBy(ask, { versionId: undefined, expected: "gone" })).toEqual(plain);
    expect(asked).toEqual(["plain current"]);
  });

  test("is asked for its checksums if it is there, by the version that was found", async () => {
    const { ask, asked } = s3({ checksums: found(WITH_CHECKSUMS), plain: found(OBJECT) });
    expect(await readBy(ask, { versionId: undefined, expected: "gone" })).toEqual(
      found(WITH_CHECKSUMS),
    );
    expect(asked).toEqual(["plain current", "checksums v2"]);
  });

  test("is not asked for checksums that need a key", async () => {
    const { ask, asked } = s3({ checksums: FORBIDDEN, plain: found(ENCRYPTED) });
    expect(await readBy(ask, { versionId: undefined, expected: "gone" })).toEqual(found(ENCRYPTED));
    expect(asked).toEqual(["plain current"]);
  });

  test("is as it was first found if it vanishes meanwhile", async () => {
    const { ask } = s3({ checksums: GONE, plain: found(OBJECT) });
    expect(await readBy(ask, { versionId: undefined, expected: "gone" })).toEqual(found(OBJECT));
  });
});
