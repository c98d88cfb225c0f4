import { duplicates, type DuplicatesPage } from "@waybill/core/catalog";
import { DuplicatesQuery, parseQuery } from "@waybill/core/catalog/query";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { offline, recordOf, unique } from "../support.ts";
import { keyEnds } from "./arbitrary.ts";
import { listedByS3, putFiles } from "./bucket.ts";
import { inByteOrder, keysOf, writeFiles } from "./catalog.ts";

const parse = (query: Record<string, unknown>) => parseQuery(DuplicatesQuery, query);

/** Returns the keys of all pages. */
async function duplicatesOf(query: Record<string, unknown>, limit = 100): Promise<string[]> {
  const keys = [];
  let next: DuplicatesPage["next"];
  do {
    const page = await duplicates(parse({ ...query, ...next, limit }));
    if (!page) throw new Error(`the catalog has no record for ${JSON.stringify(query)}`);
    expect(page.records.length).toBeLessThanOrEqual(limit);
    keys.push(...keysOf(page.records));
    next = page.next;
  } while (next);
  return keys;
}

describe.runIf(offline)("over random files", () => {
  test("finds files with the same content in key order, at every page size", async () => {
    await fc.assert(
      fc.asyncProperty(keyEnds, keyEnds, async (ends, otherEnds) => {
        const root = unique("");
        const [etag, other] = [crypto.randomUUID(), crypto.randomUUID()];
        const files = ends.map((end) => ({ key: root + end, etag }));
        await writeFiles(files);
        await writeFiles(otherEnds.map((end) => ({ key: `${root}other/${end}`, etag: other })));
        for (let limit = 1; limit <= files.length + 1; limit += 2) {
          expect(await duplicatesOf({ etag: `"${etag}"` }, limit)).toEqual(
            keysOf(inByteOrder(files)),
          );
        }
      }),
      { numRuns: 10 },
    );
  });
});

test("finds the objects to which S3 gives the same ETag", async () => {
  const root = unique("");
  const copies = ["a", "B", "z/z"].map((end) => `${root}same/${end}`);
  await putFiles(`${root}same/`, copies, { Body: root });
  await putFiles(`${root}other/`, [`${root}other/a`], { Body: `not ${root}` });
  const [first] = await listedByS3(`${root}same/`);

  await expect.poll(() => duplicatesOf({ key: copies[0] })).toEqual(copies.toSorted());
  expect(await duplicatesOf({ etag: first?.etag })).toEqual(copies.toSorted());
});

test("returns no duplicates of an empty file, and nothing for a missing one", async () => {
  const key = unique("empty");
  await putFiles(key, [key], { Body: "" });
  await recordOf(key, { size: 0 });
  const page = await duplicates(parse({ key }));
  expect(page?.etag).toBeUndefined();
  expect(page?.records).toEqual([]);
  expect(await duplicates(parse({ key: unique("missing") }))).toBeUndefined();
});

test("excludes deleted files", async () => {
  const root = unique("");
  const etag = crypto.randomUUID();
  await writeFiles([
    { key: `${root}a`, etag },
    { key: `${root}b`, etag, state: "deleted" },
  ]);
  await expect.poll(() => duplicatesOf({ etag })).toEqual([`${root}a`]);
  expect(await duplicates(parse({ key: `${root}b` }))).toBeUndefined();
});
