import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { InputError } from "../../src/error.ts";
import { parseItem } from "../../src/catalog/record.ts";
import { event, GONE } from "../ingest/events.ts";
import { World } from "../ingest/world.ts";
import type { Item } from "./table.ts";

const world = new World();
await world.apply(event("created", 1));
const PRESENT = world.item;
world.answer = GONE;
world.now = 200;
await world.apply(event("removed", 2));
const DELETED = world.item;

/** A record as the first release wrote it. */
const FORMER: Item = {
  pk: PRESENT["pk"],
  sk: "k",
  state: "present",
  object: PRESENT["object"],
  region: "eu-central-1",
  sequencer: "0055AED6DCD90281E5".padEnd(64, "0"),
  event: { name: "ObjectCreated:Put", time: "2026-02-01T00:00:00.500Z" },
  firstIndexedAt: "2026-02-01T00:00:01.000Z",
  indexedAt: "2026-02-01T00:00:02.000Z",
  month: "files#2026-03#02",
  moment: PRESENT["moment"],
  content: "files#e1",
};

describe("an item of the table", () => {
  test("can have unknown attributes, which are ignored", () => {
    const record = parseItem({
      ...PRESENT,
      mood: "new",
      object: { ...Object(PRESENT["object"]), color: 1 },
    });
    expect(record).toEqual(parseItem(PRESENT));
  });

  test("has the expiry of a tombstone as a time, not in seconds", () => {
    expect(parseItem(DELETED)).toMatchObject({ expiresAt: "2026-04-15T00:03:20.000Z" });
  });

  test("of the first release has the times of its read and of its object", () => {
    expect(parseItem(FORMER)).toMatchObject({
      state: "present",
      readAt: "2026-02-01T00:00:02.000Z",
      arrivedAt: "2026-03-01T00:00:01.000Z",
      sequencer: "0055AED6DCD90281E5".padStart(32, "0"),
    });
  });

  test("has empty metadata if it stores none", () => {
    const { metadata: _, ...object } = Object(PRESENT["object"]);
    expect(parseItem({ ...PRESENT, object })).toMatchObject({ metadata: {} });
  });

  test.each<[string, Item]>([
    ["an unknown state", { ...PRESENT, state: "dreamt" }],
    ["no object", { ...PRESENT, object: undefined }],
    ["no key", { ...PRESENT, sk: undefined }],
    ["another type of size", { ...PRESENT, object: { ...Object(PRESENT["object"]), size: "5" } }],
    ["a time that is out of range", { ...DELETED, expiresAt: 1e300 }],
    ["a tombstone without expiry", { ...DELETED, expiresAt: undefined }],
    ["no attributes", {}],
  ])("does not fit with %s", (_, item) => {
    expect(() => parseItem(item)).toThrow(
      expect.objectContaining({ code: "catalog.unfit_item", retry: false }),
    );
  });

  test("is read or rejected with an InputError for any value", () => {
    const names = fc.constantFrom(...Object.keys({ ...PRESENT, ...DELETED }));
    fc.assert(
      fc.property(fc.constantFrom(PRESENT, DELETED), names, fc.jsonValue(), (item, name, value) => {
        let outcome: unknown;
        try {
          outcome = parseItem({ ...item, [name]: value }).state;
        } catch (error) {
          outcome = error;
        }
        expect(outcome instanceof InputError || typeof outcome === "string").toBe(true);
      }),
    );
  });
});

describe("the next event after an update from the first release", () => {
  const restored = (time: string) => event("changed", 0, { time });

  test("writes the record anew, with all that this version records", async () => {
    const next = new World();
    next.table.put({ ...FORMER, changedAt: "2026-02-01T00:00:02.000Z" });
    expect(await next.apply(restored("2026-03-02T00:00:00.000Z"))).toMatchObject({
      outcome: "refreshed",
      reads: 2,
      writes: 2,
    });
    expect(Object.keys(next.item).toSorted()).toEqual(Object.keys(PRESENT).toSorted());
    expect(next.record).toMatchObject({
      sequencer: "0055AED6DCD90281E5".padStart(32, "0"),
      firstIndexedAt: "2026-02-01T00:00:01.000Z",
      event: { time: "2026-03-02T00:00:00.000Z" },
    });
  });

  test("is compared with it by its sequencer as a number", async () => {
    const next = new World();
    next.table.put(FORMER);
    next.answer = { kind: "ambiguous" };
    const late = { sequencer: "0055AED6DCD90281E4".padStart(32, "0") };
    expect(await next.apply(event("created", 1, late))).toMatchObject({ outcome: "stale" });
    const newer = { sequencer: "0055AED6DCD90281E6".padStart(32, "0") };
    expect(await next.apply(event("created", 1, newer))).toMatchObject({ outcome: "unreadable" });
  });

  test("does not replace a record that changed after it was read", async () => {
    const next = new World();
    next.table.put(FORMER);
    next.beforeWrite = () => {
      if (next.writes.length === 2) {
        next.table.put({ ...FORMER, indexedAt: "2026-02-01T00:00:09.000Z" });
      }
    };
    expect(await next.apply(restored("2026-03-02T00:00:00.000Z"))).toMatchObject({ writes: 3 });
  });
});
