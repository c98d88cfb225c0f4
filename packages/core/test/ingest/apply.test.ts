import { describe, expect, test } from "vitest";

import { applyEvent } from "../../src/ingest/apply.ts";
import type { ChangedEvent, SequencedEvent } from "../../src/notification/event.ts";
import type { Reading } from "../../src/object/reading.ts";
import type { UnreadableReason } from "../../src/object/unreadable-reason.ts";
import { at, event, OBJECT, refresh } from "../catalog/changes.ts";
import { FOUND, world } from "./world.ts";

const NEVER = new AbortController().signal;
const notFound = (reason: UnreadableReason): Reading => ({ found: false, reason });

/** Applies an event in a world with one answer of S3, and tells all that happened. */
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
  test("reads the event's version and writes what S3 says", async () => {
    const put = event("created", 1, { versionId: "v1" });
    const { outcome, reads, writes } = await apply(put);
    expect(outcome).toMatchObject({ outcome: "indexed" });
    expect(reads).toEqual([{ bucket: "files", key: "k", versionId: "v1", expected: "present" }]);
    expect(writes).toEqual([
      { kind: "put", event: put, askedAt: at(1000), content: { state: "present", object: OBJECT } },
    ]);
  });

  test.each(["gone", "forbidden_or_gone", "delete_marker", "customer_key", "changed"] as const)(
    "and S3 says %s: writes what the event says",
    async (reason) => {
      const { outcome, writes } = await apply(event("created", 1), { reading: notFound(reason) });
      expect(outcome).toMatchObject({ outcome: "unreadable", reason });
      expect(writes).toMatchObject([{ kind: "put", content: { state: "unreadable", reason } }]);
    },
  );

  test("asks again if the object has changed since S3 was asked", async () => {
    const { outcome, reads, writes } = await apply(event("created", 1), {
      written: [false, true, true],
    });
    expect(outcome).toMatchObject({ outcome: "indexed" });
    expect(reads).toHaveLength(2);
    expect(writes.map(({ kind }) => kind)).toEqual(["put", "overtaken", "put"]);
  });

  test("comes back if the object changes whenever S3 is asked", async () => {
    const { ports, reads } = world({ write: ({ kind }) => kind === "overtaken" });
    const applied = applyEvent(event("created", 1), ports, NEVER);
    await expect(applied).rejects.toMatchObject({ code: "ingest.overtaken", retry: true });
    expect(reads).toHaveLength(3);
  });

  test("late or twice changes nothing and is counted as such", async () => {
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
  test("writes what is current now, whatever version was removed", async () => {
    const { outcome, reads, writes } = await apply(removal);
    expect(outcome).toMatchObject({ outcome: "indexed" });
    expect(reads).toMatchObject([{ bucket: "files", key: "k" }]);
    expect(reads[0]).not.toHaveProperty("versionId");
    expect(writes).toMatchObject([{ kind: "put", content: { state: "present" } }]);
  });

  test.each(["gone", "forbidden_or_gone", "delete_marker", "changed"] as const)(
    "leaves a tombstone if S3 says %s",
    async (reason) => {
      const { outcome, writes } = await apply(removal, { reading: notFound(reason) });
      expect(outcome).toMatchObject({ outcome: "removed" });
      expect(writes).toMatchObject([{ kind: "tombstone", because: "newer" }]);
    },
  );

  test("does not take an object for gone that S3 has but would not describe", async () => {
    const { outcome, writes } = await apply(removal, { reading: notFound("customer_key") });
    expect(outcome).toMatchObject({ outcome: "unreadable" });
    expect(writes).toMatchObject([{ kind: "put", content: { state: "unreadable" } }]);
  });

  test("changes nothing if it is late and the object is there", async () => {
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
])("an object is expected to be %s after a removal like this", async (expected, removal) => {
  const { reads } = await apply(removal);
  expect(reads).toMatchObject([{ expected }]);
});

describe("removed, and late", () => {
  test("leaves it at one write", async () => {
    const removal = event("removed", 1, MARKER);
    const { outcome, writes } = await apply(removal, { reading: notFound("gone"), written: false });
    expect(outcome).toMatchObject({ outcome: "stale" });
    expect(writes).toHaveLength(1);
  });
});

describe("lifecycle expiration with an older sequencer", () => {
  const reading = notFound("forbidden_or_gone");

  test("removes the record that S3 says is gone", async () => {
    const { outcome, writes } = await apply(event("expired", 1), {
      reading,
      written: [false, true],
    });
    expect(outcome).toMatchObject({ outcome: "removed" });
    expect(writes).toMatchObject([{ because: "newer" }, { because: "seen_gone" }]);
  });

  test("asks again if the record was made after S3 was asked", async () => {
    const { outcome, reads } = await apply(event("expired", 1), {
      reading,
      written: [false, false, false, true],
    });
    expect(outcome).toMatchObject({ outcome: "removed" });
    expect(reads).toHaveLength(2);
  });

  test("comes back if the record is made anew whenever S3 is asked", async () => {
    const applied = apply(event("expired", 1), { reading, written: false });
    await expect(applied).rejects.toMatchObject({ code: "ingest.overtaken", retry: true });
  });
});

describe("restore, transition, other changes without a sequencer", () => {
  const { event: changed } = refresh(0);

  test("reads what is current and brings the record up to date", async () => {
    const { outcome, reads, writes } = await apply({ ...changed, versionId: "v0" });
    expect(outcome).toMatchObject({ outcome: "refreshed" });
    expect(reads).toMatchObject([{ bucket: "files", key: "k" }]);
    expect(reads[0]).not.toHaveProperty("versionId");
    expect(writes).toMatchObject([{ kind: "refresh", askedAt: at(1000), object: OBJECT }]);
  });

  test("records an object that was there before the catalog", async () => {
    const { outcome, writes } = await apply(changed, { written: [false, true] });
    expect(outcome).toMatchObject({ outcome: "indexed" });
    expect(writes).toMatchObject([{ kind: "refresh" }, { kind: "adopt", object: OBJECT }]);
  });

  test("changes nothing where the record is of another version, but keeps older answers out", async () => {
    const { outcome, writes } = await apply(changed, { written: [false, false, true, false] });
    expect(outcome).toMatchObject({ outcome: "stale", reason: "other_version" });
    expect(writes.map(({ kind }) => kind)).toEqual(["refresh", "adopt", "barrier", "refresh"]);
  });

  test("brings a record up to date that was made in the meantime", async () => {
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
])("the time is taken before S3 is asked, not after: $name", async (asking) => {
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

test("what S3 or DynamoDB fail with is passed on", async () => {
  const failure = new Error("throttled");
  const { ports } = world({ read: () => Promise.reject(failure) });
  await expect(applyEvent(event("created", 1), ports, NEVER)).rejects.toBe(failure);
});
