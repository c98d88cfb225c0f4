import { describe, expect, test } from "vitest";

import { normalizeSequencer } from "../../src/notification/sequencer.ts";
import { parseNotification } from "../../src/notification/parse.ts";
import { bodyOf, BUCKET, sampleRecord, wrappedBySns } from "./samples.ts";

interface Overrides {
  readonly detail?: Record<string, unknown>;
  readonly object?: Record<string, unknown>;
}

/** An event as S3 sends it through EventBridge (Amazon S3 User Guide, "EventBridge event message structure"). */
function sampleEvent({ detail, object, ...envelope }: Overrides & Record<string, unknown> = {}) {
  return {
    version: "0",
    id: "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    source: "aws.s3",
    account: "111122223333",
    time: "2026-03-01T09:15:04Z",
    region: "ca-central-1",
    resources: [`arn:aws:s3:::${BUCKET}`],
    ...envelope,
    detail: {
      version: "0",
      bucket: { name: BUCKET },
      object: {
        key: "photos/red flower+1.jpg",
        size: 5,
        etag: "b57f9512698f4b09e608f4f2a65852e5",
        "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
        sequencer: "617F08299329D189",
        ...object,
      },
      "request-id": "N4N7GDK58NMKJ12R",
      requester: "123456789012",
      "source-ip-address": "192.0.2.7",
      reason: "PutObject",
      ...detail,
    },
  };
}

function parsed(event: unknown) {
  const notification = parseNotification(JSON.stringify(event), BUCKET);
  if (notification.kind !== "records") throw new Error("no records");
  const [record] = notification.records;
  return record;
}

describe("an event of EventBridge", () => {
  test("is read like S3's own, with its key as it is", () => {
    expect(parsed(sampleEvent())).toEqual({
      kind: "created",
      name: "ObjectCreated:Put",
      time: "2026-03-01T09:15:04.000Z",
      region: "ca-central-1",
      bucket: BUCKET,
      key: "photos/red flower+1.jpg",
      versionId: "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
      size: 5,
      etag: "b57f9512698f4b09e608f4f2a65852e5",
      sequencer: normalizeSequencer("00617F08299329D189"),
      principal: "123456789012",
      sourceIp: "192.0.2.7",
      requestId: "N4N7GDK58NMKJ12R",
    });
  });

  test("can come through an SNS topic", () => {
    const body = JSON.stringify(sampleEvent());
    expect(parseNotification(wrappedBySns(body), BUCKET)).toEqual(parseNotification(body, BUCKET));
  });

  test.each([
    ["Object Created", { reason: "PutObject" }, "created", "ObjectCreated:Put"],
    ["Object Created", { reason: "POST Object" }, "created", "ObjectCreated:Post"],
    ["Object Created", { reason: "CopyObject" }, "created", "ObjectCreated:Copy"],
    [
      "Object Created",
      { reason: "CompleteMultipartUpload" },
      "created",
      "ObjectCreated:CompleteMultipartUpload",
    ],
    ["Object Created", { reason: "Teleport" }, "created", "ObjectCreated:Teleport"],
    [
      "Object Deleted",
      { reason: "DeleteObject", "deletion-type": "Permanently Deleted" },
      "removed",
      "ObjectRemoved:Delete",
    ],
    [
      "Object Deleted",
      { reason: "DeleteObject", "deletion-type": "Delete Marker Created" },
      "removed",
      "ObjectRemoved:DeleteMarkerCreated",
    ],
    [
      "Object Deleted",
      { reason: "Lifecycle Expiration", "deletion-type": "Permanently Deleted" },
      "expired",
      "LifecycleExpiration:Delete",
    ],
    [
      "Object Deleted",
      { reason: "Lifecycle Expiration", "deletion-type": "Delete Marker Created" },
      "expired",
      "LifecycleExpiration:DeleteMarkerCreated",
    ],
    ["Object Restore Initiated", {}, "changed", "ObjectRestore:Post"],
    ["Object Restore Completed", {}, "changed", "ObjectRestore:Completed"],
    ["Object Restore Expired", {}, "changed", "ObjectRestore:Delete"],
    ["Object Storage Class Changed", {}, "changed", "LifecycleTransition"],
    ["Object Access Tier Changed", {}, "changed", "IntelligentTiering"],
    ["Object Tags Added", {}, "changed", "ObjectTagging:Put"],
    ["Object Tags Deleted", {}, "changed", "ObjectTagging:Delete"],
    ["Object ACL Updated", {}, "ignored", "ObjectAcl:Put"],
    ["Object Dreamt", {}, "ignored", "Object Dreamt"],
  ])("of type %s, %j is %s: %s", (type, detail, kind, name) => {
    expect(parsed(sampleEvent({ "detail-type": type, detail }))).toMatchObject({ kind, name });
  });

  test("has no sequencer only if it is a change", () => {
    const object = { sequencer: undefined };
    const tags = sampleEvent({ "detail-type": "Object Tags Added", object });
    expect(parsed(tags)).toMatchObject({ kind: "changed" });
    expect(parsed(sampleEvent({ object }))).toMatchObject({
      kind: "rejected",
      error: { code: "notification.no_sequencer" },
    });
  });

  test.each<[string, ReturnType<typeof sampleEvent>]>([
    ["notification.other_source", sampleEvent({ source: "aws.ec2" })],
    ["notification.other_bucket", sampleEvent({ detail: { bucket: { name: "other" } } })],
    [
      "notification.other_bucket",
      sampleEvent({ "detail-type": "Object ACL Updated", detail: { bucket: { name: "other" } } }),
    ],
    ["notification.unknown_version", sampleEvent({ version: "1" })],
    ["notification.unknown_version", sampleEvent({ detail: { version: "1" } })],
    ["notification.malformed", sampleEvent({ time: "yesterday" })],
    ["notification.malformed", sampleEvent({ object: { size: "5" } })],
    ["notification.malformed", sampleEvent({ source: undefined })],
    ["notification.bad_key", sampleEvent({ object: { key: "" } })],
    ["notification.bad_key", sampleEvent({ object: { key: "é".repeat(600) } })],
    ["notification.bad_sequencer", sampleEvent({ object: { sequencer: "later" } })],
  ])("is rejected as %s", (code, event) => {
    expect(parsed(event)).toMatchObject({ kind: "rejected", error: { code, retry: false } });
  });

  test("that is rejected has the fields that can be read", () => {
    const record = parsed(sampleEvent({ time: 5, object: { key: "a+b" } }));
    expect(record).toMatchObject({ name: "ObjectCreated:Put", bucket: BUCKET, key: "a+b" });
  });

  test("is the same change as that of S3's own notification of it", () => {
    const own = parseNotification(
      bodyOf(sampleRecord({ object: { key: "a", sequencer: "0055AED6DCD90281E5" } })),
      BUCKET,
    );
    if (own.kind !== "records") throw new Error("no records");
    const { sequencer } = own.records[0] as { sequencer?: string };
    expect(parsed(sampleEvent({ object: { sequencer: "55AED6DCD90281E5" } }))).toMatchObject({
      sequencer,
    });
  });
});
