import { describe, expect, test } from "vitest";

import type { ObjectDescription } from "../../src/object/description.ts";
import { type Answer, type Head, readBy, type Reading } from "../../src/object/reading.ts";

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

const reading = (answer: Answer, second: number): Reading => ({
  answer,
  readAt: `2026-03-01T00:00:0${second}.000Z`,
  clockSkew: false,
});
const found = (object: ObjectDescription): Answer => ({ kind: "object", object });
const FORBIDDEN: Answer = { kind: "ambiguous" };
const GONE: Answer = { kind: "gone" };

/** An S3 with one answer with and one without checksums, which records its requests; one a second. */
function s3(answers: { checksums: Answer; plain: Answer }) {
  const requests: string[] = [];
  const head: Head = async ({ versionId, checksums }) => {
    const mode = checksums ? "checksums" : "plain";
    requests.push(`${mode} ${versionId ?? "current"}`);
    return reading(answers[mode], requests.length);
  };
  return { head, requests };
}

describe("an object that is expected to be there", () => {
  test("is read with its checksums in one request", async () => {
    const { head, requests } = s3({ checksums: found(WITH_CHECKSUMS), plain: found(OBJECT) });
    expect(await readBy(head, "present")).toEqual(reading(found(WITH_CHECKSUMS), 1));
    expect(requests).toEqual(["checksums current"]);
  });

  test("is read without checksums if they need a KMS key that is denied", async () => {
    const { head, requests } = s3({ checksums: FORBIDDEN, plain: found(ENCRYPTED) });
    expect(await readBy(head, "present")).toEqual(reading(found(ENCRYPTED), 2));
    expect(requests).toEqual(["checksums current", "plain current"]);
  });

  test("is forbidden only after a request without checksums fails too", async () => {
    const { head, requests } = s3({ checksums: FORBIDDEN, plain: FORBIDDEN });
    expect(await readBy(head, "present")).toEqual(reading(FORBIDDEN, 2));
    expect(requests).toEqual(["checksums current", "plain current"]);
  });

  test("takes one request if S3 answers that it is gone", async () => {
    const { head, requests } = s3({ checksums: GONE, plain: GONE });
    expect(await readBy(head, "present")).toEqual(reading(GONE, 1));
    expect(requests).toHaveLength(1);
  });
});

describe("an object that is expected to be gone", () => {
  test.each([GONE, FORBIDDEN])("takes one request", async (plain) => {
    const { head, requests } = s3({ checksums: FORBIDDEN, plain });
    expect(await readBy(head, "gone")).toEqual(reading(plain, 1));
    expect(requests).toEqual(["plain current"]);
  });

  test("is read again with checksums by the version that was found", async () => {
    const { head, requests } = s3({ checksums: found(WITH_CHECKSUMS), plain: found(OBJECT) });
    // That this version is the current one is what the first request says.
    expect(await readBy(head, "gone")).toEqual(reading(found(WITH_CHECKSUMS), 1));
    expect(requests).toEqual(["plain current", "checksums v2"]);
  });

  test("keeps the tags of the first result, which the second request may not read", async () => {
    const plain = found({ ...OBJECT, tags: { a: "b" } });
    const { head } = s3({ checksums: found(WITH_CHECKSUMS), plain });
    const { answer } = await readBy(head, "gone");
    expect(answer).toEqual(found({ ...WITH_CHECKSUMS, tags: { a: "b" } }));
  });

  test.each(["null", undefined])("is read again as the current one if its id is %s", async (id) => {
    const plain = found({ ...OBJECT, versionId: id });
    const { head, requests } = s3({ checksums: found(WITH_CHECKSUMS), plain });
    expect(await readBy(head, "gone")).toEqual(reading(found(WITH_CHECKSUMS), 2));
    expect(requests).toEqual(["plain current", "checksums current"]);
  });

  test("keeps the first result if its checksums need a KMS key that is denied", async () => {
    const { head } = s3({ checksums: FORBIDDEN, plain: found(ENCRYPTED) });
    expect(await readBy(head, "gone")).toEqual(reading(found(ENCRYPTED), 1));
  });

  test("keeps the first result if it is removed before the second request", async () => {
    const { head } = s3({ checksums: GONE, plain: found(OBJECT) });
    expect(await readBy(head, "gone")).toEqual(reading(found(OBJECT), 1));
  });
});
