import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { InputError } from "../../src/error.ts";
import { planChange } from "../../src/catalog/plan.ts";
import { parseItem } from "../../src/catalog/record.ts";
import { event, put, tombstone } from "./changes.ts";
import { type Item, Table } from "./table.ts";

function itemOf(change: Parameters<typeof planChange>[0]): Item {
  const table = new Table();
  const plan = planChange(change);
  table.update(plan);
  return table.item(plan) ?? {};
}

const PRESENT = itemOf(put(event("created", 1), 1));
const DELETED = itemOf(tombstone(event("removed", 1), 1));

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
    expect(parseItem(DELETED)).toMatchObject({ expiresAt: "2026-04-15T00:00:00.000Z" });
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
