import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { InputError } from "../../src/error.ts";
import { describeError } from "../../src/ingest/line.ts";
import { parseNotification } from "../../src/notification/parse.ts";
import { bodyOf, BUCKET, EVERY_EVENT, sampleRecord, TEST_EVENT, wrappedBySns } from "./samples.ts";

/** What became of the records of a message. */
function recordsOf(body: string) {
  const notification = parseNotification(body, BUCKET);
  if (notification.kind !== "records") throw new Error("no records");
  return notification.records;
}

/** The code with which the only record is refused. */
function codeOf(overrides: Parameters<typeof sampleRecord>[0]): string | undefined {
  const [record] = recordsOf(bodyOf(sampleRecord(overrides)));
  return record instanceof InputError ? record.code : undefined;
}

/** The notification that a message is, or the kind of error with which it is refused. */
function parsed(body: string): { kind: string; error?: unknown } {
  try {
    return parseNotification(body, BUCKET);
  } catch (error) {
    return { kind: error instanceof Error ? error.name : typeof error, error };
  }
}

describe("a record", () => {
  test("says what happened to which object, and when", () => {
    const record = sampleRecord({ object: { versionId: "v1", sequencer: "0055aed6dcd90281e5" } });
    expect(recordsOf(bodyOf(record))).toEqual([
      {
        kind: "created",
        name: "ObjectCreated:Put",
        time: "2026-03-01T09:15:04.123Z",
        region: "us-west-2",
        bucket: BUCKET,
        key: "photos/red flower.jpg",
        versionId: "v1",
        size: 1024,
        etag: "d41d8cd98f00b204e9800998ecf8427e",
        sequencer: `0055AED6DCD90281E5${"0".repeat(46)}`,
      },
    ]);
  });

  test.each(Object.entries(EVERY_EVENT))("of %s is understood", (name, sample) => {
    const [record] = recordsOf(bodyOf(sample));
    expect(record).toMatchObject({ name, bucket: BUCKET });
    expect(record).not.toBeInstanceOf(InputError);
  });

  test.each([
    ["created", /^ObjectCreated:/],
    ["removed", /^ObjectRemoved:/],
    ["expired", /^LifecycleExpiration:/],
    ["changed", /^(ObjectRestore:|LifecycleTransition|IntelligentTiering)/],
    ["ignored", /^(ObjectTagging|ObjectAcl|ObjectAnnotation|ObjectRetention|Replication|Reduced)/],
  ])("is %s by its name", (kind, names) => {
    const samples = Object.entries(EVERY_EVENT).filter(([name]) => names.test(name));
    expect(samples).not.toHaveLength(0);
    const records = recordsOf(bodyOf(...samples.map(([, sample]) => sample)));
    expect(new Set(records.map((record) => "kind" in record && record.kind))).toEqual(
      new Set([kind]),
    );
  });

  test("may be about an event that nobody knows yet", () => {
    const record = sampleRecord({ eventName: "ObjectDreamt:Of", extra: { s3: undefined } });
    expect(recordsOf(bodyOf(record))).toEqual([
      { kind: "ignored", name: "ObjectDreamt:Of", region: "us-west-2" },
    ]);
  });

  test("of a new member of a known family belongs to it", () => {
    expect(recordsOf(bodyOf(sampleRecord({ eventName: "ObjectCreated:Teleport" })))).toMatchObject([
      { kind: "created" },
    ]);
  });

  test("may have the prefix that S3-compatible stores put before names", () => {
    expect(recordsOf(bodyOf(sampleRecord({ eventName: "s3:ObjectCreated:Put" })))).toMatchObject([
      { kind: "created", name: "ObjectCreated:Put" },
    ]);
  });

  test.each(["2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.17"])(
    "of version %s is understood, with members that are new in it",
    (eventVersion) => {
      const extra = { somethingNew: { a: [1] } };
      expect(recordsOf(bodyOf(sampleRecord({ eventVersion, extra })))).toMatchObject([
        { kind: "created" },
      ]);
    },
  );

  test.each([
    ["absent", undefined, undefined],
    ["null", null, undefined],
    ["the word null", "null", "null"],
  ])("keeps a version id that is %s apart", (_, versionId, expected) => {
    const [record] = recordsOf(bodyOf(sampleRecord({ object: { versionId } })));
    expect(record).toHaveProperty("versionId", expected);
  });

  test("tells the time in UTC to the millisecond", () => {
    const [record] = recordsOf(bodyOf(sampleRecord({ eventTime: "2026-03-01T10:15:04+01:00" })));
    expect(record).toHaveProperty("time", "2026-03-01T09:15:04.000Z");
  });

  test.each<[string, Parameters<typeof sampleRecord>[0]]>([
    ["notification.unknown_version", { eventVersion: "3.0" }],
    ["notification.unknown_version", { eventVersion: "1.0" }],
    ["notification.unknown_version", { eventVersion: "22.1", extra: { s3: "another shape" } }],
    ["notification.malformed", { eventVersion: 2.1 }],
    ["notification.malformed", { eventVersion: "two" }],
    ["notification.other_source", { eventSource: "aws:sqs" }],
    ["notification.other_source", { eventSource: "minio:s3" }],
    ["notification.other_bucket", { bucket: "another-bucket" }],
    ["notification.other_bucket", { bucket: "another-bucket", eventName: "ObjectTagging:Put" }],
    ["notification.malformed", { eventName: "" }],
    ["notification.malformed", { eventName: undefined }],
    ["notification.malformed", { eventTime: "yesterday" }],
    ["notification.malformed", { awsRegion: undefined }],
    ["notification.malformed", { object: { size: "1024" } }],
    ["notification.malformed", { object: { key: undefined } }],
    ["notification.malformed", { extra: { s3: undefined } }],
    ["notification.bad_key", { object: { key: "%zz" } }],
    ["notification.bad_key", { object: { key: "" } }],
    ["notification.no_sequencer", { object: { sequencer: undefined } }],
    [
      "notification.no_sequencer",
      { eventName: "ObjectRemoved:Delete", object: { sequencer: null } },
    ],
    ["notification.bad_sequencer", { object: { sequencer: "later" } }],
  ])("is refused as %s: %j", (code, overrides) => {
    expect(codeOf(overrides)).toBe(code);
  });

  test("that is malformed says where, and quotes nothing of it", () => {
    const [record] = recordsOf(bodyOf(sampleRecord({ object: { size: "secret" } })));
    expect(record).toMatchObject({ message: expect.stringContaining("s3.object.size") });
    expect(JSON.stringify(describeError(record))).not.toContain("secret");
  });

  test.each([[null], [1], ["text"], [[]]])("that is %j is malformed", (record) => {
    expect(recordsOf(bodyOf(record))).toMatchObject([{ code: "notification.malformed" }]);
  });

  test("that is malformed takes none of its neighbours with it", () => {
    const records = recordsOf(bodyOf(sampleRecord(), { eventVersion: "9.9" }, sampleRecord()));
    expect(records.map((record) => record instanceof InputError)).toEqual([false, true, false]);
  });
});

describe("a message", () => {
  test("that S3 sends to try the queue is a test", () => {
    expect(parseNotification(TEST_EVENT, BUCKET)).toEqual({ kind: "test", bucket: BUCKET });
  });

  test("that a topic sent on is as if S3 had sent it", () => {
    const body = bodyOf(sampleRecord());
    expect(parseNotification(wrappedBySns(body), BUCKET)).toEqual(parseNotification(body, BUCKET));
    expect(parseNotification(wrappedBySns(TEST_EVENT), BUCKET)).toMatchObject({ kind: "test" });
  });

  test.each([
    ["notification.not_json", ""],
    ["notification.not_json", "secret"],
    ["notification.not_json", wrappedBySns("secret")],
    ["notification.no_records", "null"],
    ["notification.no_records", "[]"],
    ["notification.no_records", "{}"],
    ["notification.no_records", '{"Records":[]}'],
    ["notification.no_records", '{"Records":{}}'],
    ["notification.no_records", '{"Event":"s3:Other"}'],
    ["notification.no_records", wrappedBySns("{}")],
    ["notification.no_records", wrappedBySns(wrappedBySns(bodyOf(sampleRecord())))],
    ["notification.no_records", '{"Type":"SubscriptionConfirmation","Message":"secret"}'],
  ])("is refused as %s, without quoting it: %s", (code, body) => {
    const { error } = parsed(body);
    expect(error).toMatchObject({ code, retry: false });
    expect(JSON.stringify(describeError(error))).not.toContain("secret");
  });

  test("never makes the parser fail with anything but an InputError", () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"Records":[${json}]}`),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const { kind } = parsed(body);
        expect(["test", "records", "InputError"]).toContain(kind);
      }),
    );
  });

  test("is read safely however its members are replaced", () => {
    const anything = fc.jsonValue();
    const members = [
      "eventVersion",
      "eventSource",
      "eventName",
      "eventTime",
      "awsRegion",
      "bucket",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...members), anything, (member, value) => {
        expect(recordsOf(bodyOf(sampleRecord({ [member]: value })))).toHaveLength(1);
      }),
    );
  });
});
