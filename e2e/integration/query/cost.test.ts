import {
  duplicates,
  find,
  findPage,
  get,
  list,
  newReads,
  recent,
  stats,
} from "@waybill/core/catalog";
import {
  DuplicatesQuery,
  FindPageQuery,
  FindQuery,
  parseQuery,
  RecentQuery,
  StatsQuery,
} from "@waybill/core/catalog/query";
import { beforeAll, describe, expect, test } from "vitest";

import { offline, unique } from "../support.ts";
import { writeFiles } from "./catalog.ts";

/** Who uploaded the files: as long as a role session. */
const WHO = {
  principal: "AWS:AROAEXAMPLEEXAMPLEXX:ann@example.com",
  sourceIp: "192.0.2.71",
  requestId: "EXAMPLE123456789",
};

/** Files of one month, in pairs with the same content. Their items have about 0.9 KB, as most in practice. */
class Crowd {
  readonly root = unique("");
  readonly month: string;
  readonly files: { key: string; etag: string; lastModified: string; who: typeof WHO }[];

  constructor(month: string, count: number) {
    this.month = month;
    this.files = Array.from({ length: count }, (_, index) => ({
      key: `${this.root}${String(index).padStart(6, "0")}`,
      etag: `${this.root}${index >> 1}`,
      lastModified: new Date(Date.parse(`${month}-01T00:00:00Z`) + index * 10_000).toISOString(),
      who: WHO,
    }));
  }

  get middle() {
    const file = this.files[this.files.length >> 1];
    if (!file) throw new Error("a crowd needs at least one file");
    return file;
  }
}

/**
 * The most read units of each query. A page reads 8 shards, each a little beyond its share of 50 or 40
 * records, and sometimes reads one of them twice.
 */
const MOST = {
  point: 1,
  missing: 1,
  page: 39,
  later: 34,
  folders: 40,
  screen: 21,
  window: 16,
  same: 3.5,
  found: 21,
};

/** Returns the read units of each query. */
async function costs({ root, month, middle }: Crowd): Promise<Record<string, number>> {
  const point = newReads();
  expect(await get(middle.key, { read: point })).toMatchObject({ key: middle.key });
  const missing = newReads();
  expect(await get(`${root}none`, { read: missing })).toBeUndefined();

  const page = await list({ prefix: root, limit: 50 });
  const later = await list({ prefix: root, startAfter: middle.key, limit: 40 });
  const folders = await list({ prefix: root.slice(0, -1), delimiter: "/", limit: 50 });
  const screen = await recent(parseQuery(RecentQuery, { until: `${month}-15`, limit: 50 }));
  const window = await recent(
    parseQuery(RecentQuery, {
      since: month,
      startAfter: middle.key,
      startAfterTime: middle.lastModified,
      limit: 40,
    }),
  );
  const same = await duplicates(parseQuery(DuplicatesQuery, { key: middle.key }));
  const found = await findPage(parseQuery(FindPageQuery, { prefix: root, limit: 50 }));

  expect([page.records.length, screen.records.length, found.records.length]).toEqual([50, 50, 50]);
  expect([later.records.length, window.records.length, folders.prefixes.length]).toEqual([
    40, 40, 1,
  ]);
  expect(same?.records).toHaveLength(2);
  return {
    point: point.units,
    missing: missing.units,
    page: page.read.units,
    later: later.read.units,
    folders: folders.read.units,
    screen: screen.read.units,
    window: window.read.units,
    same: same?.read.units ?? Number.NaN,
    found: found.read.units,
  };
}

// The index by time covers the whole bucket, so no other test has files in these months.
describe.runIf(offline)("the cost of a query does not depend on the number of files", () => {
  const hundred = new Crowd("2017-03", 100);
  const tenThousand = new Crowd("2018-03", 10_000);

  beforeAll(async () => {
    await writeFiles(hundred.files);
    await writeFiles(tenThousand.files);
  });

  test.each([
    [100, hundred],
    [10_000, tenThousand],
  ])("with %i files", async (_, crowd) => {
    const units = await costs(crowd);
    const exceeded = Object.entries(MOST).filter(
      ([query, most]) => !((units[query] ?? Number.NaN) <= most),
    );
    expect({ exceeded, units }).toEqual({ exceeded: [], units });
  });

  test.each([
    [100, hundred],
    [10_000, tenThousand],
  ])("a query that reads all %i files costs the same per file", async (count, crowd) => {
    const { root, month } = crowd;
    const counted = await stats(parseQuery(StatsQuery, { prefix: root, by: "day" }));
    expect(counted.total.files).toBe(count);
    const inTable = await find(parseQuery(FindQuery, { prefix: root, minSize: 2 }));
    const window = { since: month, until: `${month.slice(0, 4)}-12` };
    const inTime = await find(parseQuery(FindQuery, { ...window, minSize: 2 }));
    for await (const { key } of inTable) throw new Error(`${key} has one byte`);
    for await (const { key } of inTime) throw new Error(`${key} has one byte`);
    expect([inTable.index, inTime.index]).toEqual(["table", "byTime"]);
    for (const { items, units } of [counted.read, inTable.read, inTime.read]) {
      expect(items).toBeGreaterThanOrEqual(count);
      // Plus the rounding of each page of eight shards.
      expect(units).toBeLessThan(0.12 * items + 8);
      expect(units).toBeGreaterThan(0.08 * items);
    }
  });
});
