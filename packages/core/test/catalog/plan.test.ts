import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { beforeEach, describe, expect, test } from "vitest";

import {
  DEAD_LETTER_RETENTION_DAYS,
  EVENT_RETENTION_DAYS,
  TOMBSTONE_DAYS,
} from "../../src/limits.ts";
import type { ObjectDescription } from "../../src/object/description.ts";
import { at, CUSTOMER_KEY, event, found, GONE, object, sequencerOf } from "../ingest/events.ts";
import { World } from "../ingest/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});

/** Records the object of version `v<n>` a second after its creation. */
async function record(n: number, more: Partial<ObjectDescription> = {}): Promise<void> {
  world.answer = found(n, more);
  world.now = n + 1;
  await world.apply(event("created", n, { versionId: more.versionId ?? `v${n}` }));
}

describe("a record that is written", () => {
  test("has the description, the event and the times", async () => {
    await record(1);
    expect(world.record).toEqual({
      ...object(1),
      bucket: "files",
      key: "k",
      state: "present",
      region: "eu-central-1",
      sequencer: sequencerOf(1),
      event: { name: "ObjectCreated:Put", time: at(1) },
      arrivedAt: at(1),
      firstIndexedAt: at(2),
      readAt: at(2),
    });
  });

  test("is in both indexes", async () => {
    await record(1);
    expect(world.item).toMatchObject({
      month: expect.stringMatching(/^files#2026-03#0[0-7]$/),
      moment: expect.stringMatching(/^2026-03-01T00:00:01\.000Z#[0-9a-f]{16}$/),
      content: "files#e1",
    });
  });

  test("is in the index by content by its checksum, if S3 has one of the full object", async () => {
    const checksums = { CRC64NVME: "AAAAAAAAAAA=" };
    await record(1, { checksums, checksumType: "FULL_OBJECT" });
    expect(world.item).toMatchObject({ content: "files#crc64nvme:AAAAAAAAAAA=:5" });
    await record(10, { checksums, checksumType: "COMPOSITE" });
    expect(world.item).toMatchObject({ content: "files#e10" });
  });

  test("of an empty file is not among those with the same content", async () => {
    await record(1);
    await record(10, { size: 0 });
    expect(world.item).not.toHaveProperty("content");
  });

  test("has the time of the event if S3 returns none", async () => {
    await record(7, { lastModified: undefined });
    expect(world.record).toMatchObject({ lastModified: at(7), arrivedAt: at(7) });
  });

  test("keeps metadata with the names of JavaScript properties", async () => {
    const names = ["__proto__", "constructor", "tostring", "hasOwnProperty", "\\escaped"];
    const metadata = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
    await record(1, { metadata });
    const { record: stored } = world;
    if (stored.state !== "present") throw new Error("not present");
    expect(Object.entries(stored.metadata)).toEqual(Object.entries(metadata));
    // The item goes through the SDK's own conversion and back.
    expect(unmarshall(marshall(world.item))).toEqual(world.item);
  });

  test("has a new rev with each write", async () => {
    await record(1);
    const { rev } = world.item;
    await record(10);
    expect(rev).toEqual(expect.any(String));
    expect(world.item["rev"]).not.toBe(rev);
  });

  test("takes no more than 1 KB with a key, an ETag and metadata of usual length", async () => {
    world.answer = found(1, {
      etag: "d41d8cd98f00b204e9800998ecf8427e",
      versionId: "096fKKXTRTtl3on89fVO.nfljtsv6qko",
      cacheControl: "public, max-age=31536000",
      encryption: { algorithm: "AES256" },
      checksums: { CRC64NVME: "AAAAAAAAAAA=" },
      checksumType: "FULL_OBJECT",
      metadata: { author: "somebody", camera: "something" },
    });
    const key = `photos/2026/${"x".repeat(40)}.jpg`;
    const who = { principal: "AWS:AIDAEXAMPLEEXAMPLE", sourceIp: "192.0.2.7" };
    await world.apply(event("created", 1, { key, ...who, requestId: "EXAMPLE123456789" }));
    expect(sizeOf([...world.table.items.values()][0] ?? {})).toBeLessThan(1024);
  });
});

/** Bytes of an item as DynamoDB counts them: names and strings, and 1 byte for each member of a map. */
function sizeOf(item: Record<string, unknown>, isMap = false): number {
  return Object.entries(item).reduce((size, [name, value]) => {
    const own = name.length + (isMap ? 1 : 0);
    if (typeof value === "string") return size + own + value.length;
    if (typeof value === "object" && value !== null) {
      return size + own + 3 + sizeOf(value as Record<string, unknown>, true);
    }
    return size + own + 8;
  }, 0);
}

describe("a later event", () => {
  test("replaces the whole description", async () => {
    await record(1);
    await record(10, { contentType: undefined, metadata: {} });
    expect(world.record).toMatchObject({ etag: "e10", metadata: {} });
    expect(world.record).not.toHaveProperty("contentType");
  });

  test("keeps the time at which the object was first recorded", async () => {
    await record(1);
    await record(10);
    expect(world.record).toMatchObject({ firstIndexedAt: at(2), readAt: at(11) });
  });

  test("that removes the object leaves a tombstone and nothing of the object", async () => {
    await record(1);
    world.answer = GONE;
    world.now = 100;
    await world.apply(event("removed", 99));
    expect(Object.keys(world.item).toSorted()).toEqual([
      "event",
      "expiresAt",
      "pk",
      "readAt",
      "region",
      "rev",
      "sequencer",
      "sk",
      "state",
    ]);
    await record(200);
    expect(world.item).not.toHaveProperty("expiresAt");
    expect(world.record).toMatchObject({ state: "present", firstIndexedAt: at(201) });
  });

  test("whose object S3 does not describe removes the description", async () => {
    await record(1);
    world.answer = CUSTOMER_KEY;
    world.now = 100;
    await world.apply(event("created", 99, { size: 9, etag: "e9" }));
    expect(world.record).toMatchObject({ state: "unreadable", size: 9, etag: "e9" });
    expect(world.record).not.toHaveProperty("contentType");
    await record(200);
    expect(world.item).not.toHaveProperty("unreadable");
  });
});

test("a tombstone outlives an event that waits in the queue and the dead-letter queue, twice", async () => {
  world.answer = GONE;
  await world.apply(event("removed", 1));
  expect(world.item["expiresAt"]).toBe(Date.parse(at(100)) / 1000 + TOMBSTONE_DAYS * 86_400);
  expect(TOMBSTONE_DAYS).toBeGreaterThan(2 * (EVENT_RETENTION_DAYS + DEAD_LETTER_RETENTION_DAYS));
});
