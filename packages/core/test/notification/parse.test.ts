import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { describeError } from "../../src/ingest/line.ts";
import { parseNotification } from "../../src/notification/parse.ts";
import { bodyOf, BUCKET, EVERY_EVENT, sampleRecord, TEST_EVENT, wrappedBySns } from "./samples.ts";

/** The parsed records of a message. */
function recordsOf(body: string) {
  const notification = parseNotification(body, BUCKET);
  if (notification.kind !== "records") throw new Error("no records");
  return notification.records;
}

/** The error code of the only record. */
function codeOf(overrides: Parameters<typeof sampleRecord>[0]): string | undefined {
  const [record] = recordsOf(bodyOf(sampleRecord(overrides)));
  return record?.kind === "rejected" ? record.error.code : undefined;
}

/** The notification in a message, or the error of the parser. */
function parsed(body: string): { kind: string; error?: unknown } {
  try {
    return parseNotification(body, BUCKET);
  } catch (error) {
    return { kind: error instanceof Error ? error.name : typeof error, error };
  }
}

describe("a record", () => {
  test("has the event, the object and the time", () => {
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
        sequencer: `${"0".repeat(16)}55AED6DCD90281E5`,
        principal: "AWS:AIDAEXAMPLE",
        sourceIp: "192.0.2.7",
        requestId: "EXAMPLE123456789",
      },
    ]);
  });

  test.each(Object.entries(EVERY_EVENT))("of %s is accepted", (name, sample) => {
    const [record] = recordsOf(bodyOf(sample));
    expect(record).toMatchObject({ name, bucket: BUCKET });
    expect(record?.kind).not.toBe("rejected");
  });

  test.each([
    ["created", /^ObjectCreated:/],
    ["removed", /^ObjectRemoved:/],
    ["expired", /^LifecycleExpiration:/],
    ["changed", /^(ObjectRestore:|ObjectTagging|LifecycleTransition|IntelligentTiering)/],
    ["ignored", /^(ObjectAcl|ObjectAnnotation|ObjectRetention|Replication|Reduced)/],
  ])("is %s by its name", (kind, names) => {
    const samples = Object.entries(EVERY_EVENT).filter(([name]) => names.test(name));
    expect(samples).not.toHaveLength(0);
    const records = recordsOf(bodyOf(...samples.map(([, sample]) => sample)));
    expect(new Set(records.map(({ kind: parsedKind }) => parsedKind))).toEqual(new Set([kind]));
  });

  test("is ignored if its event is unknown", () => {
    const record = sampleRecord({ eventName: "ObjectDreamt:Of", extra: { s3: undefined } });
    expect(recordsOf(bodyOf(record))).toEqual([
      { kind: "ignored", name: "ObjectDreamt:Of", region: "us-west-2" },
    ]);
  });

  test("of a new event of a known family belongs to that family", () => {
    expect(recordsOf(bodyOf(sampleRecord({ eventName: "ObjectCreated:Teleport" })))).toMatchObject([
      { kind: "created" },
    ]);
  });

  test("can have the prefix that S3-compatible stores add to names", () => {
    expect(recordsOf(bodyOf(sampleRecord({ eventName: "s3:ObjectCreated:Put" })))).toMatchObject([
      { kind: "created", name: "ObjectCreated:Put" },
    ]);
  });

  test.each(["2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.17"])(
    "of version %s is accepted, with unknown members",
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
  ])("distinguishes a version id that is %s", (_, versionId, expected) => {
    const [record] = recordsOf(bodyOf(sampleRecord({ object: { versionId } })));
    expect(record).toHaveProperty("versionId", expected);
  });

  test("has the time in UTC to the millisecond", () => {
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
  ])("is rejected as %s: %j", (code, overrides) => {
    expect(codeOf(overrides)).toBe(code);
  });

  test("does without who made the request", () => {
    const extra = { userIdentity: 1, requestParameters: {}, responseElements: undefined };
    const [record] = recordsOf(bodyOf(sampleRecord({ extra })));
    expect(record).toMatchObject({ kind: "created" });
    expect(Object.keys(JSON.parse(JSON.stringify(record)))).not.toContain("principal");
  });

  test("that is malformed has an error that says where and does not quote it", () => {
    const [record] = recordsOf(bodyOf(sampleRecord({ object: { size: "secret" } })));
    if (record?.kind !== "rejected") throw new Error("not rejected");
    expect(record.error.message).toContain("s3.object.size");
    expect(JSON.stringify(describeError(record.error))).not.toContain("secret");
  });

  test.each([[null], [1], ["text"], [[]]])("that is %j is malformed", (record) => {
    expect(recordsOf(bodyOf(record))).toMatchObject([
      { kind: "rejected", error: { code: "notification.malformed" } },
    ]);
  });

  test("that is malformed does not affect other records", () => {
    const records = recordsOf(bodyOf(sampleRecord(), { eventVersion: "9.9" }, sampleRecord()));
    expect(records.map(({ kind }) => kind)).toEqual(["created", "rejected", "created"]);
  });
});

describe("a rejected record", () => {
  test("has the fields that can be read", () => {
    const object = { key: "a+b", size: "5", versionId: "v1" };
    expect(recordsOf(bodyOf(sampleRecord({ eventTime: 5, object })))).toMatchObject([
      {
        kind: "rejected",
        name: "ObjectCreated:Put",
        region: "us-west-2",
        bucket: BUCKET,
        key: "a b",
        versionId: "v1",
      },
    ]);
  });

  test("omits each field that cannot be read", () => {
    const record = sampleRecord({
      eventName: 1,
      awsRegion: 2,
      bucket: 3,
      object: { versionId: 4 },
    });
    const [rejected] = recordsOf(bodyOf(record));
    expect(rejected).toEqual({
      kind: "rejected",
      key: "photos/red flower.jpg",
      error: expect.any(Error),
    });
  });

  test("keeps a key that cannot be decoded as it was sent", () => {
    expect(recordsOf(bodyOf(sampleRecord({ object: { key: "%zz" } })))).toMatchObject([
      { kind: "rejected", key: "%zz" },
    ]);
  });
});

describe("a message", () => {
  test("that S3 sends to test the queue is a test", () => {
    expect(parseNotification(TEST_EVENT, BUCKET)).toEqual({ kind: "test" });
  });

  test("through an SNS topic is read like one from S3", () => {
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
  ])("is rejected as %s, with an error that does not quote it: %s", (code, body) => {
    const { error } = parsed(body);
    expect(error).toMatchObject({ code, retry: false });
    expect(JSON.stringify(describeError(error))).not.toContain("secret");
  });

  test("makes the parser throw only InputErrors", () => {
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

  test("is parsed with any value for any member", () => {
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
