import { describe, expect, test } from "vitest";

import { readLetter } from "../../src/dead/letter.ts";
import { bodyOf, BUCKET, sampleRecord, TEST_EVENT, wrappedBySns } from "../notification/samples.ts";

const SENT = Date.UTC(2026, 2, 1);

const letter = (Body: string) =>
  readLetter(
    {
      MessageId: "m1",
      Body,
      Attributes: { SentTimestamp: String(SENT), ApproximateReceiveCount: "6" },
    },
    BUCKET,
  );

describe("a dead letter", () => {
  test("has its objects, the time it was sent and the number of receives", () => {
    const body = bodyOf(sampleRecord());
    expect(letter(body)).toEqual({
      messageId: "m1",
      objects: [{ event: "ObjectCreated:Put", bucket: BUCKET, key: "photos/red flower.jpg" }],
      reason: undefined,
      sentAt: "2026-03-01T00:00:00.000Z",
      receives: 6,
      body,
    });
  });

  test("has no reason if the message is valid", () => {
    expect(letter(bodyOf(sampleRecord())).reason).toBeUndefined();
    expect(letter(TEST_EVENT)).toMatchObject({ objects: [], reason: undefined });
  });

  test.each([
    ["notification.not_json", "not a notification"],
    ["notification.no_records", "{}"],
    ["notification.other_bucket", bodyOf(sampleRecord({ bucket: "another-bucket" }))],
    ["notification.unknown_version", bodyOf(sampleRecord(), sampleRecord({ eventVersion: "3.0" }))],
  ])("has the reason why the function rejects it: %s", (code, body) => {
    expect(letter(body).reason).toEqual({ code, message: expect.any(String) });
  });

  test("reads the same through an SNS topic", () => {
    const rejected = bodyOf(sampleRecord({ bucket: "another-bucket" }));
    const { body: _, ...expected } = letter(rejected);
    expect(letter(wrappedBySns(rejected))).toMatchObject(expected);
  });

  test("shows the objects of rejected records next to those of valid ones", () => {
    const broken = sampleRecord({ awsRegion: 1, bucket: 2, object: { key: "a+b", size: "5" } });
    expect(letter(bodyOf(sampleRecord(), broken, { s3: 1 })).objects).toEqual([
      { event: "ObjectCreated:Put", bucket: BUCKET, key: "photos/red flower.jpg" },
      { event: "ObjectCreated:Put", bucket: undefined, key: "a b" },
    ]);
  });

  test("shows a key that cannot be decoded as it was sent", () => {
    const { objects, reason } = letter(bodyOf(sampleRecord({ object: { key: "%zz" } })));
    expect(objects).toMatchObject([{ key: "%zz" }]);
    expect(reason).toMatchObject({ code: "notification.bad_key" });
  });

  test.each(["null", "[]", '{"Records":[1]}', '{"Message":"{"}'])(
    "has no objects if the body has none: %s",
    (body) => {
      expect(letter(body)).toMatchObject({ objects: [], body });
    },
  );
});
