import { beforeEach, describe, expect, test } from "vitest";

import type { ObjectChange } from "../../src/notification/event.ts";
import { AMBIGUOUS, at, CUSTOMER_KEY, event, found, GONE, sequencerOf } from "./events.ts";
import { World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});

const MARKER = { name: "ObjectRemoved:DeleteMarkerCreated", versionId: "m" };

describe("requests", () => {
  test("of a new object are one read and one write", async () => {
    expect(await world.applyAt(2, event("created", 1))).toMatchObject({
      outcome: "indexed",
      reads: 1,
      writes: 1,
    });
    expect(world.reads).toEqual([{ bucket: "files", key: "k", expected: "present" }]);
  });

  test("of an overwritten and of a removed object are one read and one write", async () => {
    await world.applyAt(2, event("created", 1));
    world.answer = found(10);
    expect(await world.applyAt(11, event("created", 10))).toMatchObject({ reads: 1, writes: 1 });
    world.answer = AMBIGUOUS;
    expect(await world.applyAt(21, event("removed", 20, MARKER))).toMatchObject({
      outcome: "removed",
      reads: 1,
      writes: 1,
    });
  });

  test("of a changed object are one read and one write", async () => {
    await world.applyAt(2, event("created", 1));
    world.answer = found(1, { storageClass: "GLACIER" });
    expect(await world.applyAt(11, event("changed", 10))).toMatchObject({
      outcome: "refreshed",
      reads: 1,
      writes: 1,
    });
    expect(world.record).toMatchObject({ storageClass: "GLACIER", arrivedAt: at(1) });
  });

  test("of an expired object are one read and one write", async () => {
    await world.applyAt(2, event("created", 1));
    world.answer = AMBIGUOUS;
    const expired = event("expired", 1, { time: at(50) });
    expect(await world.applyAt(90, expired)).toMatchObject({
      outcome: "removed",
      reads: 1,
      writes: 1,
    });
  });

  test("of a version that expires under a current one are one read and one write", async () => {
    world.answer = found(10);
    await world.applyAt(11, event("created", 10));
    const expired = event("expired", 1, { versionId: "v1", time: at(50) });
    expect(await world.applyAt(90, expired)).toMatchObject({
      outcome: "indexed",
      reads: 1,
      writes: 1,
    });
    expect(world.record).toMatchObject({ sequencer: sequencerOf(10) });
  });

  test.each(["created", "removed"] as const)(
    "of a duplicate of an event that is %s are one read and one write at most",
    async (kind) => {
      if (kind === "removed") world.answer = AMBIGUOUS;
      await world.applyAt(2, event(kind, 1));
      expect(await world.applyAt(11, event(kind, 1))).toMatchObject({ reads: 1, writes: 1 });
      const before = world.item;
      expect(await world.applyAt(21, event(kind, 1))).toMatchObject({
        outcome: "stale",
        reason: "covered",
        reads: 1,
        writes: 1,
      });
      expect(world.item).toEqual(before);
    },
  );

  test("of a stale event are one read and one write that is rejected", async () => {
    world.answer = found(10);
    await world.applyAt(50, event("created", 10));
    const before = world.item;
    expect(await world.applyAt(60, event("created", 5))).toMatchObject({
      outcome: "stale",
      reads: 1,
      writes: 1,
    });
    expect(world.item).toEqual(before);
  });

  test("of two functions that meet within two seconds are two reads and two writes", async () => {
    world.answer = found(2);
    await world.applyAt(3, event("created", 1));
    expect(await world.applyAt(4, event("created", 2))).toMatchObject({ reads: 2, writes: 2 });
  });
});

test.each<["gone" | "present", ObjectChange]>([
  ["gone", event("removed", 1)],
  ["gone", event("removed", 1, { versionId: "null" })],
  ["gone", event("removed", 1, MARKER)],
  ["gone", event("expired", 1)],
  ["present", event("removed", 1, { versionId: "v1" })],
  ["present", event("expired", 1, { versionId: "v1" })],
  ["present", event("changed", 1)],
])("expects the object to be %s after this event", async (expected, applied) => {
  await world.apply(applied);
  expect(world.reads).toMatchObject([{ expected }]);
});

describe("an answer of 200", () => {
  test.each<[string, ObjectChange]>([
    ["a creation", event("created", 9)],
    ["a removal", event("removed", 9, MARKER)],
    ["the removal of a version", event("removed", 9, { versionId: "v0" })],
    ["an expiration", event("expired", 9)],
    ["a change", event("changed", 9)],
  ])("makes the record present after %s, also if it was unreadable", async (_, applied) => {
    world.answer = CUSTOMER_KEY;
    await world.applyAt(2, event("created", 8));
    world.answer = found(8);
    await world.applyAt(20, applied);
    expect(world.record).toMatchObject({ state: "present", etag: "e8" });
    expect(world.item).not.toHaveProperty("unreadable");
  });
});

test.each(["created", "removed", "expired", "changed"] as const)(
  "an answer of 404 makes a tombstone after an event that is %s",
  async (kind) => {
    await world.applyAt(2, event("created", 1));
    world.answer = GONE;
    expect(await world.applyAt(20, event(kind, 9))).toMatchObject({ outcome: "removed" });
    expect(world.record).toMatchObject({ state: "deleted" });
  },
);

describe("an answer of 400", () => {
  beforeEach(() => {
    world.answer = CUSTOMER_KEY;
  });

  test.each(["created", "removed", "expired", "changed"] as const)(
    "makes the record unreadable after an event that is %s",
    async (kind) => {
      await world.applyAt(2, event(kind, 1));
      expect(world.record).toMatchObject({
        state: "unreadable",
        unreadable: { reason: "customer_key" },
      });
    },
  );

  test("records what the event of the creation says", async () => {
    await world.applyAt(2, event("created", 1, { size: 9, etag: "e9", versionId: "v9" }));
    const facts = { size: 9, etag: "e9", versionId: "v9", lastModified: at(1), arrivedAt: at(1) };
    expect(world.record).toMatchObject(facts);
    expect(world.record).not.toHaveProperty("contentType");
    // Of a change, and of a late creation, nothing newer is known.
    await world.applyAt(20, event("changed", 10));
    await world.applyAt(30, event("created", 0, { size: 1 }));
    expect(world.record).toMatchObject({ ...facts, event: { time: at(10) } });
  });

  test("replaces an older read of a function that was slow", async () => {
    const slow = new World();
    await slow.apply(event("created", 1));
    await world.applyAt(50, event("removed", 40, { versionId: "v0" }));
    const [old] = slow.writes;
    if (old === undefined) throw new Error("nothing was written");
    expect(world.write({ ...old, readAt: at(10), guard: firstAt(8) })).toMatchObject({
      written: false,
    });
  });
});

const firstAt = (readBefore: number) =>
  ({
    kind: "first",
    readBefore: at(readBefore),
    eventTime: at(99),
    sequencer: "at most",
    sameObject: false,
  }) as const;

describe("an answer of 403", () => {
  beforeEach(() => {
    world.answer = AMBIGUOUS;
  });

  test("makes a record unreadable after a creation, if there is none", async () => {
    expect(await world.applyAt(2, event("created", 1))).toMatchObject({
      outcome: "unreadable",
      reason: "forbidden_or_gone",
      writes: 1,
    });
  });

  test("makes an older record unreadable after a creation, and leaves a newer one", async () => {
    world.answer = found(5);
    await world.applyAt(6, event("created", 5));
    world.answer = AMBIGUOUS;
    expect(await world.applyAt(60, event("created", 4))).toMatchObject({ outcome: "stale" });
    expect(world.record).toMatchObject({ state: "present" });
    expect(await world.applyAt(70, event("created", 7))).toMatchObject({ outcome: "unreadable" });
  });

  test("does not revive a tombstone by a late creation", async () => {
    await world.applyAt(3, event("removed", 2));
    expect(await world.applyAt(60, event("created", 1))).toMatchObject({ outcome: "stale" });
    expect(world.record).toMatchObject({ state: "deleted", sequencer: sequencerOf(2) });
  });

  test("makes a tombstone after a removal with a lower sequencer than that of the record", async () => {
    world.answer = found(5);
    await world.applyAt(6, event("created", 5));
    world.answer = AMBIGUOUS;
    expect(await world.applyAt(60, event("expired", 3, { time: at(50) }))).toMatchObject({
      outcome: "removed",
    });
    expect(world.record).toMatchObject({ state: "deleted", sequencer: sequencerOf(5) });
  });

  test("leaves a record that is unreadable because of a newer creation", async () => {
    await world.applyAt(6, event("created", 5));
    expect(await world.applyAt(60, event("removed", 3))).toMatchObject({ outcome: "stale" });
    expect(await world.applyAt(70, event("removed", 7))).toMatchObject({ outcome: "removed" });
  });

  test("makes a tombstone of an object that S3 did not describe before", async () => {
    world.answer = CUSTOMER_KEY;
    await world.applyAt(6, event("created", 5));
    world.answer = AMBIGUOUS;
    expect(await world.applyAt(60, event("expired", 3))).toMatchObject({ outcome: "removed" });
  });

  test("after a change decides nothing and writes nothing", async () => {
    expect(await world.applyAt(2, event("changed", 1))).toMatchObject({
      outcome: "stale",
      reason: "forbidden_or_gone",
      writes: 0,
    });
  });

  test("after several events is decided as if they had come one by one", async () => {
    await world.applyAt(9, event("created", 5), event("removed", 6), event("expired", 2));
    expect(world.record).toMatchObject({ state: "deleted", sequencer: sequencerOf(6) });
    await world.applyAt(60, event("created", 8), event("removed", 7));
    expect(world.record).toMatchObject({ state: "unreadable", sequencer: sequencerOf(8) });
  });
});

describe("the fence", () => {
  test("keeps an older read from replacing a later one", async () => {
    world.answer = found(10);
    await world.applyAt(20, event("created", 10));
    world.answer = found(5);
    world.now = 15;
    world.beforeWrite = () => {
      world.answer = found(10);
      world.now = 21;
    };
    await world.apply(event("changed", 30));
    expect(world.record).toMatchObject({ etag: "e10", event: { time: at(30) } });
  });

  test("reads again before it writes over a record of the last two seconds", async () => {
    world.answer = found(1);
    await world.applyAt(2, event("created", 1));
    world.answer = found(2);
    expect(await world.applyAt(3, event("created", 2))).toMatchObject({ reads: 2 });
    expect(world.writes.at(-1)).toMatchObject({ guard: { kind: "unchanged" } });
  });

  test("takes a write whose answer was lost for done", async () => {
    world.beforeWrite = (write) => {
      if (world.writes.length === 1) world.write(write);
    };
    expect(await world.applyAt(2, event("created", 1))).toMatchObject({
      outcome: "indexed",
      reads: 1,
      writes: 1,
    });
  });

  test("gives up after six writes if the record keeps changing", async () => {
    await world.applyAt(2, event("created", 1));
    const { item } = world;
    world.beforeWrite = () => {
      world.table.put({ ...item, rev: `other${world.writes.length}`, readAt: at(99) });
    };
    await expect(world.applyAt(10, event("changed", 9))).rejects.toMatchObject({
      code: "ingest.contended",
      retry: true,
    });
    expect(world.writes).toHaveLength(1 + 6);
  });

  test("starts again if DynamoDB deleted the tombstone in the meantime", async () => {
    world.answer = GONE;
    await world.applyAt(2, event("removed", 1));
    world.beforeWrite = ({ guard }) => {
      if (guard.kind === "unchanged") world.table.items.clear();
    };
    world.answer = found(3);
    expect(await world.applyAt(3, event("created", 3))).toMatchObject({ outcome: "indexed" });
    expect(world.record).toMatchObject({ etag: "e3" });
  });
});

test("throws the error of S3 or DynamoDB", async () => {
  const failure = new Error("throttled");
  world.beforeWrite = () => {
    throw failure;
  };
  await expect(world.apply(event("created", 1))).rejects.toBe(failure);
});
