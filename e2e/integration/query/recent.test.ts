import { recent, type RecentPage } from "@waybill/core/catalog";
import { parseQuery, RecentQuery } from "@waybill/core/catalog/query";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { offline, unique } from "../support.ts";
import { filesOf } from "./arbitrary.ts";
import { listedByS3, putFiles } from "./bucket.ts";
import { arrivalOf, keysOf, withFiles } from "./catalog.ts";

/** Returns the records of all pages. */
async function recentAll(query: RecentQuery): Promise<RecentPage["records"]> {
  const records = [];
  let next: RecentPage["next"];
  do {
    const page: RecentPage = await recent({ ...query, ...next });
    expect(page.records.length).toBeLessThanOrEqual(query.limit);
    // Only the last page may have fewer records.
    expect(page.records.length === query.limit || page.next === undefined).toBe(true);
    records.push(...page.records);
    next = page.next;
  } while (next);
  return records;
}

const parse = (query: Record<string, unknown>) => parseQuery(RecentQuery, query);

/** The time of arrival and the key of a record. */
const momentOf = (record: RecentPage["records"][number]) =>
  `${record.state === "deleted" ? "deleted" : record.arrivedAt} ${record.key}`;

// The index by time covers the whole bucket, so no other test has files in these years.
describe.runIf(offline)("over random files", () => {
  /** Ends of months, a month without files, and several files with the same time. */
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

  test("returns the files of a time window, newest first, at every page size", async () => {
    await fc.assert(
      fc.asyncProperty(filesOf(TIMES), windows, async (ends, [since, until]) => {
        const root = unique("");
        const files = ends.map((file) => ({ ...file, key: root + file.key }));
        const model = files
          .filter(({ state }) => state !== "deleted")
          .filter((file) => arrivalOf(file) >= since && arrivalOf(file) < until)
          .map((file) => `${arrivalOf(file)} ${file.key}`);
        await withFiles(files, async () => {
          let first: string[] | undefined;
          for (let limit = 1; limit <= model.length + 1; limit++) {
            const found = (await recentAll(parse({ since, until, limit }))).map(momentOf);
            expect(found.toSorted()).toEqual(model.toSorted());
            const times = found.map((moment) => moment.slice(0, 24));
            expect(times).toEqual(times.toSorted().toReversed());
            // The order of files with the same time is the same at every page size.
            expect(found).toEqual((first ??= found));
          }
        });
      }),
      { numRuns: 8 },
    );
  });

  test("orders an upload in parts by its arrival, not by its start", async () => {
    const root = unique("");
    const files = [
      { key: `${root}before`, lastModified: "2012-05-02T00:00:00.000Z" },
      {
        key: `${root}upload`,
        lastModified: "2012-04-30T23:59:59.000Z",
        arrivedAt: "2012-05-02T06:00:00.000Z",
      },
      { key: `${root}after`, lastModified: "2012-05-02T06:00:01.000Z" },
    ];
    await withFiles(files, async () => {
      const { records } = await recent(parse({ since: "2012-05", until: "2012-06" }));
      expect(keysOf(records)).toEqual([`${root}after`, `${root}upload`, `${root}before`]);
    });
  });

  test("continues after the last page even if the last file of that page is deleted", async () => {
    const root = unique("");
    const files = ["2013-05-03", "2013-05-02", "2013-05-01"].map((day) => ({
      key: root + day,
      lastModified: `${day}T00:00:00.000Z`,
    }));
    await withFiles(files.slice(2), async () => {
      let next: RecentPage["next"];
      await withFiles(files.slice(0, 2), async () => {
        ({ next } = await recent(parse({ until: "2013-06", limit: 2 })));
      });
      const { records } = await recent(parse({ until: "2013-06", ...next }));
      expect(keysOf(records)).toEqual([`${root}2013-05-01`]);
    });
  });

  test("starts a year before the end if no start is given, and returns that time", async () => {
    const root = unique("");
    const files = ["2014-03-01T00:00:00.000Z", "2014-02-28T23:59:59.999Z"].map((time) => ({
      key: root + time,
      lastModified: time,
    }));
    await withFiles(files, async () => {
      const page = await recent(parse({ until: "2015-03-01" }));
      expect(page).toMatchObject({ since: "2014-03-01T00:00:00.000Z" });
      expect(keysOf(page.records)).toEqual([`${root}2014-03-01T00:00:00.000Z`]);
    });
  });

  test("accepts a time without a key as the position to continue from", async () => {
    const root = unique("");
    const files = ["2016-01-02T00:00:00.000Z", "2016-01-01T00:00:00.000Z"].map((time) => ({
      key: root + time,
      lastModified: time,
    }));
    await withFiles(files, async () => {
      const { records } = await recent(
        parse({ until: "2017", startAfterTime: "2016-01-02T00:00:00Z" }),
      );
      expect(keysOf(records)).toEqual([`${root}2016-01-01T00:00:00.000Z`]);
    });
  });
});

test("does not read future months for an end in the future", async () => {
  const key = unique("");
  const since = new Date(Date.now() - 60_000).toISOString();
  await putFiles(key, [key]);
  for (const query of [{ until: "9999" }, { since, until: "9999" }, { startAfterTime: "9999" }]) {
    // The index is eventually consistent.
    await expect
      .poll(async () => (await recent(parse({ ...query, limit: 1 }))).records)
      .toHaveLength(1);
    // The shards of this month and, on its first day, of the month before.
    expect((await recent(parse({ ...query, limit: 1 }))).read.requests).toBeLessThanOrEqual(16);
  }
});

test("returns uploaded objects with the times that S3 lists", async () => {
  const root = unique("");
  const before = new Date(Date.now() - 60_000).toISOString();
  await putFiles(
    root,
    Array.from({ length: 12 }, (_, index) => `${root}${index}`),
  );
  const objects = (await listedByS3(root)).map(({ key, lastModified }) => `${lastModified} ${key}`);
  // Other tests upload at the same time. The index is eventually consistent.
  await expect
    .poll(async () => {
      const records = await recentAll(parse({ since: before, limit: 100 }));
      return records
        .flatMap((record) => (record.state === "present" ? [record] : []))
        .filter(({ key }) => key.startsWith(root))
        .map(({ key, lastModified }) => `${lastModified} ${key}`)
        .toSorted();
    })
    .toEqual(objects.toSorted());
});
