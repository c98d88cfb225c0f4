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
  test("tells what it is about, when it was sent, and how often it was received", () => {
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

  test("that nothing is wrong with has no reason: something else failed", () => {
    expect(letter(bodyOf(sampleRecord())).reason).toBeUndefined();
    expect(letter(TEST_EVENT)).toMatchObject({ objects: [], reason: undefined });
  });

  test.each([
    ["notification.not_json", "not a notification"],
    ["notification.no_records", "{}"],
    ["notification.other_bucket", bodyOf(sampleRecord({ bucket: "another-bucket" }))],
    ["notification.unknown_version", bodyOf(sampleRecord(), sampleRecord({ eventVersion: "3.0" }))],
  ])("has the reason for which the function refused it: %s", (code, body) => {
    expect(letter(body).reason).toEqual({ code, message: expect.any(String) });
  });

  test("that a topic sent on tells the same", () => {
    const refused = bodyOf(sampleRecord({ bucket: "another-bucket" }));
    const { body: _, ...expected } = letter(refused);
    expect(letter(wrappedBySns(refused))).toMatchObject(expected);
  });

  test("whose key cannot be decoded shows it as it was sent", () => {
    const { objects, reason } = letter(bodyOf(sampleRecord({ object: { key: "%zz" } })));
    expect(objects).toMatchObject([{ key: "%zz" }]);
    expect(reason).toMatchObject({ code: "notification.bad_key" });
  });

  test.each(["null", "[]", '{"Records":[1]}', '{"Message":"{"}'])("may be anything: %s", (body) => {
    expect(letter(body)).toMatchObject({ objects: [], body });
  });
});
