import { recent, type RecentPage } from "@waybill/core/catalog";
import { parseQuery, RecentQuery } from "@waybill/core/catalog/query";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { offline, unique } from "../support.ts";
import { filesOf } from "./arbitrary.ts";
import { listedByS3, putFiles } from "./bucket.ts";
import { keysOf, withFiles } from "./catalog.ts";

/** All pages of so many records, put together. */
async function recentAll(query: RecentQuery): Promise<RecentPage["records"]> {
  const records = [];
  let next: RecentPage["next"];
  do {
    const page: RecentPage = await recent({ ...query, ...next });
    expect(page.records.length).toBeLessThanOrEqual(query.limit);
    // Only the last page may have fewer.
    expect(page.records.length === query.limit || page.next === undefined).toBe(true);
    records.push(...page.records);
    next = page.next;
  } while (next);
  return records;
}

const asked = (query: Record<string, unknown>) => parseQuery(RecentQuery, query);

/** Time and key, of records and of what they were made of. */
const momentOf = (file: { key: string; lastModified?: string }) =>
  `${file.lastModified} ${file.key}`;

// Years in which no other test has files: the index is of the whole bucket.
describe.runIf(offline)("over files of all sorts", () => {
  /** Ends of months, a month without files, and several files of one moment. */
  const TIMES = [
    "2010-12-31T23:59:59.999Z",
    "2011-01-01T00:00:00.000Z",
    "2011-01-31T23:59:59.999Z",
    "2011-03-01T00:00:00.000Z",
    "2011-03-04T01:02:03.000Z",
  ];
  const windows = fc
    .tuple(fc.constantFrom(...TIMES), fc.constantFrom(...TIMES, "2011-03-31"))
    .filter(([since, until]) => since < until);

  test("what was last modified in a window comes newest first, at every page size", async () => {
    await fc.assert(
      fc.asyncProperty(filesOf(TIMES), windows, async (ends, [since, until]) => {
        const root = unique("");
        const files = ends.map((file) => ({ ...file, key: root + file.key }));
        const model = files
          .filter(({ state }) => state !== "deleted")
          .filter(({ lastModified = "" }) => lastModified >= since && lastModified < until)
          .map(momentOf);
        await withFiles(files, async () => {
          let first: string[] | undefined;
          for (let limit = 1; limit <= model.length + 1; limit++) {
            const found = (await recentAll(asked({ since, until, limit }))).map(momentOf);
            expect(found.toSorted()).toEqual(model.toSorted());
            const times = found.map((moment) => moment.slice(0, 24));
            expect(times).toEqual(times.toSorted().toReversed());
            // Whatever the order within one moment is, pages of every size have it.
            expect(found).toEqual((first ??= found));
          }
        });
      }),
      { numRuns: 8 },
    );
  });

  test("a page goes on where the last one ended although its last file is gone", async () => {
    const root = unique("");
    const files = ["2013-05-03", "2013-05-02", "2013-05-01"].map((day) => ({
      key: root + day,
      lastModified: `${day}T00:00:00.000Z`,
    }));
    await withFiles(files.slice(2), async () => {
      let next: RecentPage["next"];
      await withFiles(files.slice(0, 2), async () => {
        ({ next } = await recent(asked({ until: "2013-06", limit: 2 })));
      });
      const { records } = await recent(asked({ until: "2013-06", ...next }));
      expect(keysOf(records)).toEqual([`${root}2013-05-01`]);
    });
  });

  test("without a beginning it looks back for a year, and says so", async () => {
    const root = unique("");
    const files = ["2014-03-01T00:00:00.000Z", "2014-02-28T23:59:59.999Z"].map((time) => ({
      key: root + time,
      lastModified: time,
    }));
    await withFiles(files, async () => {
      const page = await recent(asked({ until: "2015-03-01" }));
      expect(page).toMatchObject({ since: "2014-03-01T00:00:00.000Z" });
      expect(keysOf(page.records)).toEqual([`${root}2014-03-01T00:00:00.000Z`]);
    });
  });

  test("a time alone is a place to go on from", async () => {
    const root = unique("");
    const files = ["2016-01-02T00:00:00.000Z", "2016-01-01T00:00:00.000Z"].map((time) => ({
      key: root + time,
      lastModified: time,
    }));
    await withFiles(files, async () => {
      const { records } = await recent(
        asked({ until: "2017", startAfterTime: "2016-01-02T00:00:00Z" }),
      );
      expect(keysOf(records)).toEqual([`${root}2016-01-01T00:00:00.000Z`]);
    });
  });
});

test("a time to come costs no more than now, and no look into the future", async () => {
  const key = unique("");
  const since = new Date(Date.now() - 60_000).toISOString();
  await putFiles(key, [key]);
  for (const query of [{ until: "9999" }, { since, until: "9999" }, { startAfterTime: "9999" }]) {
    // The index follows the table within a moment.
    await expect
      .poll(async () => (await recent(asked({ ...query, limit: 1 }))).records)
      .toHaveLength(1);
    // This month, and, on its first day, the one before.
    expect((await recent(asked({ ...query, limit: 1 }))).read.requests).toBeLessThanOrEqual(16);
  }
});

test("what is uploaded is the most recent, with the times that S3 lists", async () => {
  const root = unique("");
  const before = new Date(Date.now() - 60_000).toISOString();
  await putFiles(
    root,
    Array.from({ length: 12 }, (_, index) => `${root}${index}`),
  );
  const objects = (await listedByS3(root)).map(momentOf);
  // Other tests upload at the same time; the index follows the table within a moment.
  await expect
    .poll(async () => {
      const records = await recentAll(asked({ since: before, limit: 100 }));
      return records
        .filter(({ key }) => key.startsWith(root))
        .map(momentOf)
        .toSorted();
    })
    .toEqual(objects.toSorted());
});
