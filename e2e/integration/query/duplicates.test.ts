import { duplicates, type DuplicatesPage } from "@waybill/core/catalog";
import { DuplicatesQuery, parseQuery } from "@waybill/core/catalog/query";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { offline, recordOf, unique } from "../support.ts";
import { keyEnds } from "./arbitrary.ts";
import { listedByS3, putFiles } from "./bucket.ts";
import { inByteOrder, keysOf, writeFiles } from "./catalog.ts";

const asked = (query: Record<string, unknown>) => parseQuery(DuplicatesQuery, query);

/** All pages of so many records, put together. */
async function duplicatesOf(query: Record<string, unknown>, limit = 100): Promise<string[]> {
  const keys = [];
  let next: DuplicatesPage["next"];
  do {
    const page = await duplicates(asked({ ...query, ...next, limit }));
    if (!page) throw new Error("there is no such record");
    expect(page.records.length).toBeLessThanOrEqual(limit);
    keys.push(...keysOf(page.records));
    next = page.next;
  } while (next);
  return keys;
}

describe.runIf(offline)("over files of all sorts", () => {
  test("the same content is found in the order of keys, at every page size", async () => {
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

test("the files of the bucket with one content are those to which S3 gives its ETag", async () => {
  const root = unique("");
  const copies = ["a", "B", "z/z"].map((end) => `${root}same/${end}`);
  await putFiles(`${root}same/`, copies, { Body: root });
  await putFiles(`${root}other/`, [`${root}other/a`], { Body: `not ${root}` });
  const [first] = await listedByS3(`${root}same/`);

  await expect.poll(() => duplicatesOf({ key: copies[0] })).toEqual(copies.toSorted());
  expect(await duplicatesOf({ etag: first?.etag })).toEqual(copies.toSorted());
});

test("an empty file has no content to compare, and a missing one no record", async () => {
  const key = unique("empty");
  await putFiles(key, [key], { Body: "" });
  await recordOf(key, { size: 0 });
  const page = await duplicates(asked({ key }));
  expect(page?.etag).toBeUndefined();
  expect(page?.records).toEqual([]);
  expect(await duplicates(asked({ key: unique("missing") }))).toBeUndefined();
});

test("a deleted file is nobody's duplicate", async () => {
  const root = unique("");
  const etag = crypto.randomUUID();
  await writeFiles([
    { key: `${root}a`, etag },
    { key: `${root}b`, etag, state: "deleted" },
  ]);
  await expect.poll(() => duplicatesOf({ etag })).toEqual([`${root}a`]);
  expect(await duplicates(asked({ key: `${root}b` }))).toBeUndefined();
});
