import { beforeEach, describe, expect, test } from "vitest";

import type { CatalogChange } from "../../src/catalog/change.ts";
import { planChange } from "../../src/catalog/plan.ts";
import {
  DEAD_LETTER_RETENTION_DAYS,
  EVENT_RETENTION_DAYS,
  TOMBSTONE_DAYS,
} from "../../src/limits.ts";
import { parseItem } from "../../src/catalog/record.ts";
import {
  adopt,
  at,
  barrier,
  event,
  OBJECT,
  overtaken,
  put,
  refresh,
  tombstone,
  unreadable,
} from "./changes.ts";
import { type Item, Table } from "./table.ts";

let table: Table;
beforeEach(() => {
  table = new Table();
});

/** Makes changes in order, and returns which of them succeeded. */
const make = (...changes: CatalogChange[]): boolean[] =>
  changes.map((change) => table.update(planChange(change)));

const item = (): Item => table.item(planChange(refresh(0))) ?? {};
const record = () => parseItem(item());

const created = (n: number) => event("created", n);
const removed = (n: number) => event("removed", n);
const expired = (n: number) => event("expired", n);

describe("a record that is written", () => {
  test("has the description, the event and the times", () => {
    make(put(created(1), 2));
    expect(record()).toEqual({
      ...OBJECT,
      bucket: "files",
      key: "k",
      state: "present",
      region: "eu-central-1",
      sequencer: created(1).sequencer,
      event: { name: "ObjectCreated:Put", time: at(1) },
      firstIndexedAt: at(2),
      indexedAt: at(2),
    });
  });

  test("is in both indexes", () => {
    make(put(created(1), 2));
    expect(item()).toMatchObject({
      month: expect.stringMatching(/^files#2026-03#0[0-7]$/),
      moment: expect.stringMatching(/^2026-03-01T00:00:00\.000Z#[0-9a-f]{16}$/),
      content: "files#e1",
    });
  });

  test("of an empty file is not among those with the same content", () => {
    make(put(created(1), 2), put(created(3), 4, { size: 0 }));
    expect(item()).not.toHaveProperty("content");
  });

  test("has the time of the event if S3 returns none", () => {
    make(put(created(7), 8, { lastModified: undefined }));
    expect(record()).toMatchObject({ lastModified: at(7) });
    expect(item()["moment"]).toContain(at(7));
  });

  test("takes no more than 1 KB with a key, an ETag and metadata of usual length", () => {
    make(
      put({ ...created(1), key: `photos/2026/${"x".repeat(60)}.jpg` }, 2, {
        etag: "d41d8cd98f00b204e9800998ecf8427e",
        versionId: "096fKKXTRTtl3on89fVO.nfljtsv6qko",
        cacheControl: "public, max-age=31536000",
        encryption: { algorithm: "AES256" },
        checksums: { CRC64NVME: "AAAAAAAAAAA=" },
        checksumType: "FULL_OBJECT",
        metadata: { author: "somebody", camera: "something" },
      }),
    );
    expect(JSON.stringify([...table.items.values()]).length).toBeLessThan(1024);
  });
});

describe("a newer event", () => {
  test("replaces the whole description", () => {
    make(
      put(created(1), 1),
      put(created(2), 2, { etag: "e2", contentType: undefined, metadata: {} }),
    );
    expect(record()).toMatchObject({ etag: "e2", metadata: {} });
    expect(record()).not.toHaveProperty("contentType");
  });

  test("keeps the time at which the object was first recorded", () => {
    make(put(created(1), 1), put(created(2), 2));
    expect(record()).toMatchObject({ firstIndexedAt: at(1), indexedAt: at(2) });
  });

  test("that removes the object leaves a tombstone and nothing of the object", () => {
    make(put(created(1), 1), tombstone(removed(2), 3));
    expect(Object.keys(item()).toSorted()).toEqual([
      "event",
      "expiresAt",
      "indexedAt",
      "pk",
      "region",
      "sequencer",
      "sk",
      "state",
    ]);
    expect(record()).toMatchObject({ state: "deleted", event: { time: at(2) }, indexedAt: at(3) });
  });

  test("that creates the object again removes the tombstone and resets the time of first recording", () => {
    make(put(created(1), 1), tombstone(removed(2), 2), put(created(3), 3));
    expect(item()).not.toHaveProperty("expiresAt");
    expect(record()).toMatchObject({ state: "present", firstIndexedAt: at(3) });
  });

  test("whose object S3 does not describe has the data of the event and the reason", () => {
    const facts = { size: 9, etag: "e9", versionId: "v9" };
    make(put(created(1), 1), unreadable({ ...created(2), ...facts }, 2, "customer_key"));
    expect(record()).toMatchObject({
      ...facts,
      state: "unreadable",
      unreadable: { reason: "customer_key" },
      lastModified: at(2),
    });
    expect(record()).not.toHaveProperty("contentType");
    make(put(created(3), 3));
    expect(item()).not.toHaveProperty("unreadable");
  });

  test("of a removal has no data of an object that S3 does not describe", () => {
    const marker = { size: 0, etag: "d41d8cd98f00b204e9800998ecf8427e", versionId: "marker" };
    make(unreadable({ ...removed(1), ...marker }, 1, "customer_key"));
    expect(Object.keys(record())).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(size|etag|versionId)$/)]),
    );
  });
});

describe("an event that is not newer", () => {
  const late = [put(created(5), 9), unreadable(created(5), 9, "gone"), tombstone(removed(5), 9)];

  test.each(late)("changes nothing: a late $kind", (change) => {
    make(put(created(6), 6));
    const before = item();
    expect(make(change)).toEqual([false]);
    expect(item()).toEqual(before);
  });

  test.each(late)("changes nothing: the same $kind again", (change) => {
    make(change);
    const before = item();
    expect(make(change)).toEqual([false]);
    expect(item()).toEqual(before);
  });

  test("does not revive what was deleted after it", () => {
    expect(make(tombstone(removed(2), 2), put(created(1), 3))).toEqual([true, false]);
    expect(record()).toMatchObject({ state: "deleted" });
  });
});

test("a tombstone outlives an event that waits in the queue and the dead-letter queue, twice", () => {
  make(tombstone(removed(1), 1));
  expect(item()["expiresAt"]).toBe(Math.floor(Date.parse(at(1)) / 1000) + TOMBSTONE_DAYS * 86_400);
  expect(TOMBSTONE_DAYS).toBeGreaterThan(2 * (EVENT_RETENTION_DAYS + DEAD_LETTER_RETENTION_DAYS));
});

describe("an expiration that S3 has confirmed", () => {
  const midnight = expired(1);

  test("removes a record whose sequencer is greater, and leaves it that sequencer", () => {
    make(put(created(5), 5));
    expect(make(tombstone(midnight, 9), tombstone(midnight, 9, "seen_gone"))).toEqual([
      false,
      true,
    ]);
    expect(record()).toMatchObject({ state: "deleted", sequencer: created(5).sequencer });
    expect(make(put(created(5), 10))).toEqual([false]);
  });

  test("does not remove a record that was written after the read", () => {
    make(put(created(5), 9));
    expect(make(tombstone(midnight, 8, "seen_gone"))).toEqual([false]);
  });

  test("can arrive twice", () => {
    make(put(created(5), 5), tombstone(midnight, 9, "seen_gone"));
    expect(make(tombstone(midnight, 9), tombstone(midnight, 10, "seen_gone"))).toEqual([
      false,
      true,
    ]);
  });

  test("can arrive twice, also if the record is based on it", () => {
    make(tombstone(midnight, 9));
    expect(make(tombstone(midnight, 10), tombstone(midnight, 10, "seen_gone"))).toEqual([
      false,
      true,
    ]);
  });

  test("keeps an earlier creation that arrives later from restoring the object", () => {
    make(tombstone(midnight, 9));
    expect(make(put(created(5), 10))).toEqual([false]);
    expect(make(unreadable(created(5), 10, "forbidden_or_gone"))).toEqual([false]);
  });

  test("is kept when an earlier removal arrives later", () => {
    make(tombstone(midnight, 9));
    expect(make(tombstone(removed(4), 10))).toEqual([true]);
    expect(make(put(created(5), 11))).toEqual([false]);
  });

  test("does not block a later creation, which removes it", () => {
    make(tombstone(midnight, 9));
    expect(make(put(created(10), 11))).toEqual([true]);
    expect(item()).not.toHaveProperty("goneAt");
  });

  test("does not block a creation in the millisecond of the read", () => {
    make(tombstone(midnight, 9));
    expect(make(put(created(9), 10))).toEqual([true]);
  });

  test("does not block an object that a later read found", () => {
    make(tombstone(midnight, 9));
    expect(make(put(removed(5), 8))).toEqual([false]);
    expect(make(put(removed(5), 10))).toEqual([true]);
  });
});

describe("a refresh", () => {
  const archived = { storageClass: "GLACIER", restore: { ongoing: true } };

  test("updates the description and keeps the event of the record", () => {
    make(put(created(1), 1));
    const before = record();
    expect(make(refresh(5, archived))).toEqual([true]);
    expect(record()).toEqual({ ...before, ...archived, indexedAt: at(5) });
  });

  test("removes fields that S3 no longer returns", () => {
    make(put(created(1), 1), refresh(5, archived), refresh(6));
    expect(record()).toMatchObject({ storageClass: "STANDARD" });
    expect(record()).not.toHaveProperty("restore");
  });

  test.each([
    ["another version", { versionId: "v2" }],
    ["another content", { etag: "e2" }],
    ["another time", { lastModified: at(9) }],
    ["no version", { versionId: undefined }],
    ["the null version", { versionId: "null" }],
    ["no time", { lastModified: undefined }],
  ])("does nothing if S3 shows an object of %s", (_, object) => {
    make(put(created(1), 1));
    expect(make(refresh(5, object))).toEqual([false]);
  });

  test.each([
    [undefined, undefined],
    ["null", "null"],
    [undefined, "null"],
    ["null", undefined],
  ])("takes an object without versions for its null version: %s, then %s", (before, after) => {
    make(put(created(1), 1, { versionId: before }));
    expect(make(refresh(5, { versionId: after }))).toEqual([true]);
    expect(make(refresh(6, { versionId: after, etag: "e2" }))).toEqual([false]);
  });

  test("does not take an object without versions for a version that has an id", () => {
    make(put(created(1), 1, { versionId: undefined }));
    expect(make(refresh(5, { versionId: "v2" }))).toEqual([false]);
  });

  test("never makes a record, and never revives one", () => {
    expect(make(refresh(5))).toEqual([false]);
    expect(make(tombstone(removed(6), 6), refresh(7))).toEqual([true, false]);
    expect(make(unreadable(created(8), 8, "gone"), refresh(9))).toEqual([true, false]);
  });

  test("does not replace a later refresh or a record that was written after the read", () => {
    make(put(created(1), 4));
    expect(make(refresh(3, archived))).toEqual([false]);
    expect(make(refresh(6, archived), refresh(5))).toEqual([true, false]);
    expect(record()).toMatchObject({ storageClass: "GLACIER" });
  });
});

describe("a description that was read before a barrier", () => {
  const archived = { storageClass: "GLACIER" };
  const older = put(created(9), 4);

  test("does not replace the refreshed record", () => {
    make(put(created(1), 2), refresh(5, archived));
    expect(make(older, overtaken(older))).toEqual([false, true]);
    expect(record()).toMatchObject(archived);
  });

  test("is not recorded over the record that was made because of the change", () => {
    expect(make(adopt(5, archived), older, overtaken(older))).toEqual([true, false, true]);
    expect(record()).toMatchObject(archived);
  });

  test.each([
    ["of another version", put(created(1), 2, { versionId: "v0" })],
    ["unreadable", unreadable(created(1), 2, "gone")],
    ["a tombstone", tombstone(removed(1), 2)],
  ])("is not recorded over a record that is %s", (_, standing) => {
    make(standing);
    expect(make(refresh(5, archived), adopt(5, archived), barrier(5))).toEqual([
      false,
      false,
      true,
    ]);
    expect(make(older, overtaken(older))).toEqual([false, true]);
  });

  test("is rejected in the millisecond of the barrier", () => {
    make(put(created(1), 2), barrier(4));
    expect(make(older, overtaken(older))).toEqual([false, true]);
  });

  test.each([
    ["a record", put(created(2), 6)],
    ["a tombstone", tombstone(removed(2), 6)],
    ["an expiration", tombstone(expired(2), 6)],
  ])("is not recorded after %s that was", (_, since) => {
    make(put(created(1), 2), barrier(5), since);
    expect(make(put(removed(9), 4), overtaken(put(removed(9), 4)))[0]).toBe(false);
  });

  test("is rejected, while a later one is recorded and keeps the barrier", () => {
    make(put(created(1), 2), barrier(5));
    expect(make(put(created(2), 6))).toEqual([true]);
    expect(make(overtaken(put(created(3), 7)), put(created(3), 7))).toEqual([false, true]);
  });

  test("leaves the record unchanged", () => {
    make(put(created(1), 2), barrier(5));
    const before = item();
    make(overtaken(older));
    expect(item()).toEqual(before);
  });

  test("is only called overtaken if it is newer than the record, and there is one", () => {
    expect(make(overtaken(older))).toEqual([false]);
    make(put(created(9), 2), barrier(5));
    expect(make(overtaken(older))).toEqual([false]);
  });

  test("is only called overtaken if the object was not seen expired since", () => {
    make(tombstone(expired(1), 10), barrier(20));
    expect(make(overtaken(put(created(9), 15)))).toEqual([false]);
  });
});

describe("a barrier", () => {
  test("is not moved back by an earlier read", () => {
    make(put(created(1), 2));
    expect(make(barrier(5), barrier(5), barrier(4))).toEqual([true, false, false]);
    expect(make(refresh(4))).toEqual([false]);
    expect(item()).toMatchObject({ changedAt: at(5) });
  });

  test("lets through the refresh that it was set for", () => {
    make(put(created(1), 2), barrier(5));
    expect(make(refresh(5, { storageClass: "GLACIER" }))).toEqual([true]);
  });

  test("is set by a refresh, too", () => {
    make(put(created(1), 2), refresh(5));
    expect(item()).toMatchObject({ changedAt: at(5) });
  });

  test("makes no item", () => {
    expect(make(barrier(5))).toEqual([false]);
    expect(table.items.size).toBe(0);
  });
});

describe("an object without a record", () => {
  test("gets a record that is in both indexes and that any event replaces", () => {
    expect(make(adopt(5))).toEqual([true]);
    expect(record()).toEqual({
      ...OBJECT,
      bucket: "files",
      key: "k",
      state: "present",
      region: "eu-central-1",
      sequencer: expect.stringMatching(/^0{64}$/),
      event: { name: "LifecycleTransition", time: at(0) },
      firstIndexedAt: at(5),
      indexedAt: at(5),
    });
    const { month, moment, content } = item();
    make(put(created(1), 6));
    expect(item()).toMatchObject({ month, moment, content });
    expect(record()).toMatchObject({ sequencer: created(1).sequencer });
  });

  test.each([put(created(1), 1), unreadable(created(1), 1, "gone"), tombstone(removed(1), 1)])(
    "is none that has a $kind",
    (change) => {
      make(change);
      const before = item();
      expect(make(adopt(5))).toEqual([false]);
      expect(item()).toEqual(before);
    },
  );
});
