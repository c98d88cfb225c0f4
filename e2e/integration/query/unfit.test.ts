import { find, get, list, stats } from "@waybill/core/catalog";
import { FindQuery, parseQuery, StatsQuery } from "@waybill/core/catalog/query";
import { InputError } from "@waybill/core/error";
import { expect, test } from "vitest";

import { unique } from "../support.ts";
import { keysOf, writeFiles, writeUnfit } from "./catalog.ts";

// An item as a later version of Waybill may write it.
const root = unique("");
const unfit = `${root}b`;
const named = [{ key: unfit, reason: expect.stringContaining("does not fit") as string }];

async function writeAll() {
  await writeFiles([{ key: `${root}a` }, { key: `${root}c` }]);
  await writeUnfit(unfit, { state: "present", object: "of another shape" });
}

test("names an item that is not a valid record, and returns the other records", async () => {
  await writeAll();
  const listing = await list({ prefix: root, limit: 10 });
  expect(keysOf(listing.records)).toEqual([`${root}a`, `${root}c`]);
  expect(listing.unfit).toEqual(named);

  const finding = await find(parseQuery(FindQuery, { prefix: root }));
  const found: string[] = [];
  for await (const { key } of finding) found.push(key);
  expect(found).toEqual([`${root}a`, `${root}c`]);
  expect(finding.unfit).toEqual(named);

  const { total } = await stats(parseQuery(StatsQuery, { prefix: root, by: "type" }));
  expect(total.files).toBe(3);
});

test("continues after a page that ends with such an item", async () => {
  await writeAll();
  const first = await list({ prefix: root, limit: 2 });
  expect([keysOf(first.records), first.unfit, first.next]).toEqual([
    [`${root}a`],
    named,
    { startAfter: unfit },
  ]);
  const second = await list({ prefix: root, ...first.next, limit: 2 });
  expect(keysOf(second.records)).toEqual([`${root}c`]);
});

test("throws if such an item is read by key", async () => {
  await writeAll();
  await expect(get(unfit)).rejects.toThrow(InputError);
});
