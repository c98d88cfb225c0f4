import { describe, expect, test } from "vitest";

import { applyEvent } from "../../src/ingest/apply.ts";
import type { ChangedEvent, SequencedEvent } from "../../src/notification/event.ts";
import type { Reading } from "../../src/object/reading.ts";
import type { UnreadableReason } from "../../src/object/unreadable-reason.ts";
import { at, event, OBJECT, refresh } from "../catalog/changes.ts";
import { FOUND, world } from "./world.ts";

const NEVER = new AbortController().signal;
const notFound = (reason: UnreadableReason): Reading => ({ found: false, reason });

/** Applies an event with one result of S3, and returns the outcome and all calls. */
async function apply(
  applied: SequencedEvent | ChangedEvent,
  answers: { readonly reading?: Reading; readonly written?: boolean | readonly boolean[] } = {},
) {
  const { reading = FOUND, written = true } = answers;
  const left = [written].flat();
  const { ports, reads, writes } = world({
    read: () => reading,
    write: () => left.shift() ?? false,
  });
  const outcome = await applyEvent(applied, ports, NEVER);
  return { outcome, reads, writes };
}

describe("created", () => {
  test("reads the event's version and writes its description", async () => {
    const put = event("created", 1, { versionId: "v1" });
    const { outcome, reads, writes } = await apply(put);
    expect(outcome).toMatchObject({ outcome: "indexed" });
    expect(reads).toEqual([{ bucket: "files", key: "k", versionId: "v1", expected: "present" }]);
    expect(writes).toEqual([
      { kind: "put", event: put, askedAt: at(1000), content: { state: "present", object: OBJECT } },
    ]);
  });

  test.each(["gone", "forbidden_or_gone", "delete_marker", "customer_key", "changed"] as const)(
    "and S3 answers %s: writes the data of the event",
    async (reason) => {
      const { outcome, writes } = await apply(event("created", 1), { reading: notFound(reason) });
      expect(outcome).toMatchObject({ outcome: "unreadable", reason });
      expect(writes).toMatchObject([{ kind: "put", content: { state: "unreadable", reason } }]);
    },
  );

  test("reads again if the object changed during the read", async () => {
    const { outcome, reads, writes } = await apply(event("created", 1), {
      written: [false, true, true],
    });
    expect(outcome).toMatchObject({ outcome: "indexed" });
    expect(reads).toHaveLength(2);
    expect(writes.map(({ kind }) => kind)).toEqual(["put", "overtaken", "put"]);
  });

  test("fails if the object changes during every read", async () => {
    const { ports, reads } = world({ write: ({ kind }) => kind === "overtaken" });
    const applied = applyEvent(event("created", 1), ports, NEVER);
    await expect(applied).rejects.toMatchObject({ code: "ingest.overtaken", retry: true });
    expect(reads).toHaveLength(3);
  });

  test("late or twice is stale", async () => {
    const { outcome } = await apply(event("created", 1), { written: false });
    expect(outcome).toMatchObject({ outcome: "stale", reason: "not_newer" });
  });
});

const MARKER = { name: "ObjectRemoved:DeleteMarkerCreated", versionId: "m1" };

describe.each<[string, SequencedEvent]>([
  ["removed, versioned bucket, by a marker", event("removed", 1, MARKER)],
  ["removed, suspended bucket", event("removed", 1, { ...MARKER, versionId: "null" })],
  ["removed, versioned bucket, a version or a marker", event("removed", 1, { versionId: "v1" })],
  ["removed, suspended bucket, the null version", event("removed", 1, { versionId: "null" })],
  ["lifecycle expiration", event("expired", 1)],
  ["lifecycle expiration of a version", event("expired", 1, { versionId: "v1" })],
  ["removed, no version history, or the null version", event("removed", 1)],
])("%s", (_, removal) => {
  test("writes the current object, for any removed version", async () => {
    const { outcome, reads, writes } = await apply(removal);
    expect(outcome).toMatchObject({ outcome: "indexed" });
    expect(reads).toMatchObject([{ bucket: "files", key: "k" }]);
    expect(reads[0]).not.toHaveProperty("versionId");
    expect(writes).toMatchObject([{ kind: "put", content: { state: "present" } }]);
  });

  test.each(["gone", "forbidden_or_gone", "delete_marker", "changed"] as const)(
    "writes a tombstone if S3 answers %s",
    async (reason) => {
      const { outcome, writes } = await apply(removal, { reading: notFound(reason) });
      expect(outcome).toMatchObject({ outcome: "removed" });
      expect(writes).toMatchObject([{ kind: "tombstone", because: "newer" }]);
    },
  );

  test("does not write a tombstone for an object that S3 has but does not describe", async () => {
    const { outcome, writes } = await apply(removal, { reading: notFound("customer_key") });
    expect(outcome).toMatchObject({ outcome: "unreadable" });
    expect(writes).toMatchObject([{ kind: "put", content: { state: "unreadable" } }]);
  });

  test("is stale if it is late and the object exists", async () => {
    const { outcome } = await apply(removal, { written: false });
    expect(outcome).toMatchObject({ outcome: "stale" });
  });
});

test.each([
  ["gone", event("removed", 1)],
  ["gone", event("removed", 1, { versionId: "null" })],
  ["gone", event("removed", 1, MARKER)],
  ["gone", event("expired", 1)],
  ["present", event("removed", 1, { versionId: "v1" })],
])("expects the object to be %s after this removal", async (expected, removal) => {
  const { reads } = await apply(removal);
  expect(reads).toMatchObject([{ expected }]);
});

describe("removed, and late", () => {
  test("makes one write", async () => {
    const removal = event("removed", 1, MARKER);
    const { outcome, writes } = await apply(removal, { reading: notFound("gone"), written: false });
    expect(outcome).toMatchObject({ outcome: "stale" });
    expect(writes).toHaveLength(1);
  });
});

describe("lifecycle expiration with an older sequencer", () => {
  const reading = notFound("forbidden_or_gone");

  test("removes the record of an object that is gone", async () => {
    const { outcome, writes } = await apply(event("expired", 1), {
      reading,
      written: [false, true],
    });
    expect(outcome).toMatchObject({ outcome: "removed" });
    expect(writes).toMatchObject([{ because: "newer" }, { because: "seen_gone" }]);
  });

  test("reads again if the record was written after the read", async () => {
    const { outcome, reads } = await apply(event("expired", 1), {
      reading,
      written: [false, false, false, true],
    });
    expect(outcome).toMatchObject({ outcome: "removed" });
    expect(reads).toHaveLength(2);
  });

  test("fails if the record is written again after every read", async () => {
    const applied = apply(event("expired", 1), { reading, written: false });
    await expect(applied).rejects.toMatchObject({ code: "ingest.overtaken", retry: true });
  });
});

describe("restore, transition, other changes without a sequencer", () => {
  const { event: changed } = refresh(0);

  test("reads the current version and updates the record", async () => {
    const { outcome, reads, writes } = await apply({ ...changed, versionId: "v0" });
    expect(outcome).toMatchObject({ outcome: "refreshed" });
    expect(reads).toMatchObject([{ bucket: "files", key: "k" }]);
    expect(reads[0]).not.toHaveProperty("versionId");
    expect(writes).toMatchObject([{ kind: "refresh", askedAt: at(1000), object: OBJECT }]);
  });

  test("records an object that is older than the catalog", async () => {
    const { outcome, writes } = await apply(changed, { written: [false, true] });
    expect(outcome).toMatchObject({ outcome: "indexed" });
    expect(writes).toMatchObject([{ kind: "refresh" }, { kind: "adopt", object: OBJECT }]);
  });

  test("sets only a barrier if the record has another version", async () => {
    const { outcome, writes } = await apply(changed, { written: [false, false, true, false] });
    expect(outcome).toMatchObject({ outcome: "stale", reason: "other_version" });
    expect(writes.map(({ kind }) => kind)).toEqual(["refresh", "adopt", "barrier", "refresh"]);
  });

  test("updates a record that was written in the meantime", async () => {
    const { outcome } = await apply(changed, { written: [false, false, true, true] });
    expect(outcome).toMatchObject({ outcome: "refreshed" });
  });

  test("writes nothing if the object is gone", async () => {
    const { outcome, writes } = await apply(changed, { reading: notFound("gone") });
    expect(outcome).toMatchObject({ outcome: "stale", reason: "gone" });
    expect(writes).toEqual([]);
  });
});

test.each<SequencedEvent | ChangedEvent>([
  event("created", 1),
  event("removed", 1),
  event("expired", 1),
  refresh(0).event,
])("takes the time before the read: $name", async (asking) => {
  let clock = 0;
  const { ports, writes } = world({
    read: () => {
      clock = 500;
      return FOUND;
    },
  });
  const ticking = { ...ports, now: () => new Date(at(clock)) };
  await applyEvent(asking, ticking, NEVER);
  expect(writes).toMatchObject([{ askedAt: at(0) }]);
});

test("throws the error of S3 or DynamoDB", async () => {
  const failure = new Error("throttled");
  const { ports } = world({ read: () => Promise.reject(failure) });
  await expect(applyEvent(event("created", 1), ports, NEVER)).rejects.toBe(failure);
});
