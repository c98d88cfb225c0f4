import { find, get, list, stats } from "@waybill/core/catalog";
import { FindQuery, parseQuery, StatsQuery } from "@waybill/core/catalog/query";
import { InputError } from "@waybill/core/error";
import { expect, test } from "vitest";

import { unique } from "../support.ts";
import { keysOf, writeFiles, writeUnfit } from "./catalog.ts";

// An item as a version of Waybill may write it that is to come.
const root = unique("");
const unfit = `${root}b`;
const named = [{ key: unfit, reason: expect.stringContaining("does not fit") as string }];

async function writeAll() {
  await writeFiles([{ key: `${root}a` }, { key: `${root}c` }]);
  await writeUnfit(unfit, { state: "present", object: "of another shape" });
}

test("an item that does not fit is named, and hides no other", async () => {
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

test("a page that ends with it goes on behind it", async () => {
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

test("asked for, it is an error", async () => {
  await writeAll();
  await expect(get(unfit)).rejects.toThrow(InputError);
});
