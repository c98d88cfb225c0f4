import { expect, test } from "vitest";

import { recordKey } from "../../src/catalog/keys.ts";
import { parseStored } from "../../src/catalog/stored.ts";
import type { Difference } from "../../src/reconcile/difference.ts";
import { resolve } from "../../src/reconcile/resolve.ts";
import { AMBIGUOUS, at, event, found, GONE } from "../ingest/events.ts";
import { World } from "../ingest/world.ts";

const PLACE = { bucket: "files", region: "us-east-1" };
const NEVER = new AbortController().signal;

const LISTED = { key: "k", size: 5, etag: "e1", lastModified: at(1), storageClass: "STANDARD" };
const MISSING: Difference = { kind: "missing", key: "k", listed: LISTED };

const settle = (world: World, difference = MISSING) =>
  resolve(difference, PLACE, world.ports, NEVER);

/** A world with the record of object `n`, and the difference of it from an object that is listed. */
async function recorded(n: number): Promise<{ world: World; different: Difference }> {
  const world = new World();
  world.answer = found(n);
  await world.apply(event("created", n));
  const stored = parseStored(world.table.item({ Key: recordKey("files", "k") }) ?? {});
  const different: Difference = { ...MISSING, kind: "different", recorded: { key: "k", stored } };
  return { world, different };
}

/** Another writer changes the record. */
const touch = (world: World, rev: string) => world.table.put({ ...world.item, rev });

test("a missing object is read and recorded", async () => {
  const world = new World();
  expect(await settle(world)).toBe("missing");
  expect(world.record).toMatchObject({ etag: "e1", event: { name: "Waybill:Reconcile" } });
});

test("the event of a repaired object that arrives late names the record and changes nothing else", async () => {
  const world = new World();
  await settle(world);
  await world.applyAt(200, event("created", 1));
  expect(world.record).toMatchObject({ etag: "e1", event: { name: "ObjectCreated:Put" } });
});

test("a record that was written since the comparison is compared again", async () => {
  const { world, different } = await recorded(1);
  world.answer = found(2);
  world.beforeWrite = () => {
    world.beforeWrite = () => {};
    touch(world, "other");
  };
  expect(await settle(world, different)).toBe("different");
  expect(world.reads).toHaveLength(3);
  expect(world.record).toMatchObject({ etag: "e2" });
});

test("a record that became equal since the comparison is not a difference", async () => {
  const { different } = await recorded(1);
  const { world } = await recorded(2);
  touch(world, "later");
  expect(await settle(world, different)).toBeUndefined();
  expect(world.record).toMatchObject({ etag: "e2" });
});

test("an object that was removed since the listing is not recorded", async () => {
  const world = new World();
  world.answer = GONE;
  expect(await settle(world)).toBeUndefined();
  expect(world.writes).toEqual([]);
});

test("a ghost becomes a tombstone", async () => {
  const { world, different } = await recorded(1);
  world.answer = GONE;
  const ghost: Difference = { ...different, kind: "ghost", listed: undefined };
  expect(await settle(world, ghost)).toBe("ghost");
  expect(world.item).toMatchObject({ state: "deleted" });
});

test("a 403 to a caller that may list the bucket writes nothing", async () => {
  const world = new World();
  world.answer = AMBIGUOUS;
  await expect(settle(world)).rejects.toMatchObject({ code: "reconcile.forbidden", retry: false });
  expect(world.writes).toEqual([]);
});

test("a write whose answer was lost is recognized as the own one", async () => {
  const world = new World();
  world.beforeWrite = (write) => {
    world.write(write);
  };
  expect(await settle(world)).toBe("missing");
  expect(world.reads).toHaveLength(1);
});

test("a record that changes before every write fails with an error that a retry can help", async () => {
  const { world, different } = await recorded(1);
  world.answer = found(2);
  let revision = 0;
  world.beforeWrite = () => touch(world, `other${++revision}`);
  await expect(settle(world, different)).rejects.toMatchObject({
    code: "reconcile.contended",
    retry: true,
  });
  expect(world.record).toMatchObject({ etag: "e1" });
});
