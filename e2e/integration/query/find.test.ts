import { find, type FindCursor, type FindPage, findPage, get } from "@waybill/core/catalog";
import { FindQuery, parseQuery } from "@waybill/core/catalog/query";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { offline, unique } from "../support.ts";
import { filesOf, keyEnd, prefixEnd } from "./arbitrary.ts";
import { listedByS3, putFiles } from "./bucket.ts";
import {
  arrivalOf,
  type FileFacts,
  inByteOrder,
  keysOf,
  whoOf,
  withFiles,
  writeFiles,
} from "./catalog.ts";

const parse = (query: Record<string, unknown>): FindQuery => parseQuery(FindQuery, query);

const isAfter = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;

async function findAll(query: FindQuery) {
  const found = await find(query);
  const keys: string[] = [];
  for await (const { key } of found) keys.push(key);
  expect(found.next).toBeUndefined();
  return { keys, index: found.index };
}

// The index by time covers the whole bucket, so no other test has files in these months. One of them is empty.
const TIMES = [
  "2006-12-31T23:59:59.999Z",
  "2007-01-01T00:00:00.000Z",
  "2007-01-31T12:00:00.000Z",
  "2007-03-01T00:00:00.000Z",
  "2007-03-31T23:59:59.999Z",
];
const AFTER = "2007-04";

interface Conditions {
  readonly since?: string;
  readonly until?: string;
  readonly by?: string;
  readonly type?: string;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly metadata?: unknown;
  readonly nameLike?: string;
  readonly state?: string;
}

/** One condition. More than two together match hardly any file. */
const condition: fc.Arbitrary<Conditions> = fc.oneof(
  fc.record({ since: fc.constantFrom(...TIMES) }),
  fc.record({
    since: fc.constantFrom(...TIMES.slice(0, 3)),
    until: fc.constantFrom("2007-03-01T00:00:00.000Z", "2007-03-01T00:00:00.001Z"),
  }),
  fc.record({
    by: fc.constantFrom(
      "AWS:AROAEXAMPLE:ann",
      "ann",
      "192.0.2.7",
      "EXAMPLE1",
      "s3.amazonaws.com",
      "7",
      "ann:bob",
    ),
  }),
  fc.record({ type: fc.constantFrom("image/*", "image/png", "TEXT/html", "text/*") }),
  fc.record({ minSize: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ maxSize: fc.integer({ min: 2, max: 5 }) }),
  fc.record({ metadata: fc.constantFrom({ owner: "ann" }, ["Owner=bob", "team=x"], "none=1") }),
  fc.record({
    nameLike: fc.oneof(fc.constantFrom("*", "?", "*a*", "*/", "/*", "*/*a", "a?*"), keyEnd),
  }),
  fc.record({ state: fc.constantFrom("present", "unreadable", "deleted") }),
);

/** Puts the root of a run in front of a pattern that is matched against the whole key. */
const rooted = (root: string, nameLike: string | undefined) =>
  nameLike?.includes("/") ? `*${root}${nameLike}` : nameLike;

/**
 * Generates queries with up to two conditions for the files under `root`. A query without a prefix excludes the
 * files of other tests by its time window.
 */
const queriesOf = (root: string): fc.Arbitrary<FindQuery> =>
  fc
    .record({
      prefix: fc.option(
        prefixEnd.map((end) => root + end),
        { nil: undefined, freq: 3 },
      ),
      conditions: fc
        .tuple(condition, condition)
        .map(([a, b]): Conditions => ({ ...a, ...b }))
        .filter(({ since = "", until = AFTER }) => since < until),
      startAfter: fc.option(
        fc.oneof(
          fc.constantFrom("a", "~"),
          keyEnd.map((end) => root + end),
        ),
        { nil: undefined, freq: 3 },
      ),
    })
    .map(({ prefix, conditions: { nameLike, since, until = AFTER, ...others }, startAfter }) => {
      const inTable = since === undefined || others.state === "deleted" || startAfter !== undefined;
      return parse({
        ...others,
        nameLike: rooted(root, nameLike),
        ...(since === undefined ? {} : { since, until }),
        prefix: prefix ?? (inTable ? root : ""),
        startAfter,
      });
    });

/** The model: returns whether a file matches all conditions. */
function matches(file: FileFacts, query: FindQuery): boolean {
  const { key, state = "present", size = 1, contentType = "" } = file;
  const who = whoOf(file);
  const time = arrivalOf(file);
  const names = [...Object.values(who), who.principal?.split(":").at(-1)];
  const present = state === "present";
  const [type = ""] = present ? contentType.toLowerCase().split(";") : [];
  const metadata = present ? file.metadata : {};
  const name = query.nameLike?.includes("/") ? key : (key.split("/").at(-1) ?? "");
  const pattern = Array.from(query.nameLike ?? "*")
    .map((part) =>
      part === "*" ? ".*" : part === "?" ? "." : part.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&"),
    )
    .join("");
  return (
    (query.state === undefined ? state !== "deleted" : state === query.state) &&
    key.startsWith(query.prefix) &&
    (query.startAfter === undefined || isAfter(key, query.startAfter)) &&
    (query.since === undefined || time >= query.since) &&
    (query.until === undefined || time < query.until) &&
    (query.by === undefined || names.includes(query.by)) &&
    (query.minSize === undefined || (state !== "deleted" && size >= query.minSize)) &&
    (query.maxSize === undefined || (state !== "deleted" && size <= query.maxSize)) &&
    (query.type === undefined || type === query.type || `${type.split("/")[0]}/*` === query.type) &&
    Object.entries(query.metadata ?? {}).every(([field, value]) => metadata?.[field] === value) &&
    new RegExp(`^${pattern}$`, "su").test(name)
  );
}

describe.runIf(offline)("over random files", () => {
  /** Runs `queries` random queries over each of `sets` random sets of files. */
  async function check(
    sets: number,
    queries: number,
    body: (query: FindQuery, model: string[]) => Promise<void>,
  ) {
    await fc.assert(
      fc.asyncProperty(filesOf(TIMES), fc.gen(), async (ends, choose) => {
        const root = unique("");
        const files = inByteOrder(ends.map((file) => ({ ...file, key: root + file.key })));
        await withFiles(files, async () => {
          for (let count = 0; count < queries; count++) {
            const query = choose(queriesOf, root);
            await body(query, keysOf(files.filter((file) => matches(file, query))));
          }
        });
      }),
      { numRuns: sets, endOnFailure: true },
    );
  }

  test("finds exactly the files that match", () =>
    check(10, 12, async (query, model) => {
      const { keys, index } = await findAll(query);
      expect(keys.toSorted()).toEqual(model.toSorted());
      expect(index === "table" ? keys : model).toEqual(model);
    }));

  test("returns every match once, at every page size and cost limit", () =>
    check(6, 3, async (query, model) => {
      for (let limit = 1; limit <= model.length + 1; limit += 3) {
        const found: string[] = [];
        let next: FindCursor | undefined;
        do {
          const maxUnits = limit % 2 === 0 ? 1 : 1000;
          const page = await findPage({ ...query, ...next, limit }, { maxUnits });
          expect(page.records.length).toBeLessThanOrEqual(limit);
          found.push(...keysOf(page.records));
          // A repeated record could make the pages endless.
          expect(found.length).toBeLessThanOrEqual(model.length);
          next = page.next;
        } while (next);
        expect(found.toSorted()).toEqual(model.toSorted());
      }
    }));

  test("pages through files with the same time", async () => {
    const root = unique("");
    const files = Array.from({ length: 12 }, (_, index) => ({
      key: `${root}${index}`,
      lastModified: "2006-06-06T06:06:06.006Z",
    }));
    await withFiles(files, async () => {
      const query = parse({ since: "2006-06-06", until: "2006-06-07" });
      const found: string[] = [];
      for (let next: FindCursor | undefined = {}; next && found.length <= files.length;) {
        const page: FindPage = await findPage({ ...query, ...next, limit: 1 });
        found.push(...keysOf(page.records));
        next = page.next;
      }
      expect(found.toSorted()).toEqual(keysOf(files).toSorted());
    });
  });

  test("reads the narrower of prefix and time window", async () => {
    const root = unique("");
    const file = (index: number) => ({
      key: `${root}${index < 3 ? "few" : "many"}/${index}`,
      lastModified:
        index < 6 && index >= 3 ? "2009-02-02T00:00:00.000Z" : "2009-05-05T00:00:00.000Z",
    });
    await withFiles(
      Array.from({ length: 600 }, (_, index) => file(index)),
      async () => {
        const window = { prefix: root, since: "2009-02", until: "2009-03" };
        const byTime = await findPage({ ...parse(window), limit: 100 });
        expect(byTime.index).toBe("byTime");
        expect(keysOf(byTime.records).toSorted()).toEqual(keysOf([3, 4, 5].map(file)));
        expect(byTime.read.items).toBeLessThan(100);

        // The index by time has no deleted files.
        const deleted = await findPage({ ...parse({ ...window, state: "deleted" }), limit: 100 });
        expect(deleted.index).toBe("table");

        const prefix = { prefix: `${root}few/`, since: "2009-05", until: "2009-06" };
        const table = await findPage({ ...parse(prefix), limit: 100 });
        expect(table.index).toBe("table");
        expect(keysOf(table.records)).toEqual(keysOf([0, 1, 2].map(file)));
        expect(table.read.items).toBeLessThan(100);
      },
    );
  });
});

test("finds a tombstone until it expires, by the time of the deletion", async () => {
  const root = unique("");
  const deleted = { state: "deleted", lastModified: "2026-03-03T00:00:00.000Z" } as const;
  await writeFiles([
    { key: `${root}valid`, ...deleted },
    { key: `${root}expired`, ...deleted, expiresAt: new Date(Date.now() - 1000) },
    { key: `${root}long ago`, ...deleted, lastModified: "2026-01-01T00:00:00.000Z" },
    { key: `${root}present` },
  ]);
  const query = { prefix: root, state: "deleted", since: "2026-02" };
  expect((await findAll(parse(query))).keys).toEqual([`${root}valid`]);
  expect(await get(`${root}valid`, { deleted: true })).toMatchObject({ state: "deleted" });
  expect(await get(`${root}valid`)).toBeUndefined();
  expect(await get(`${root}expired`, { deleted: true })).toBeUndefined();
});

test("finds an upload in parts by the time of its arrival, not of its start", async () => {
  const root = unique("");
  const upload = {
    key: `${root}upload`,
    lastModified: "2026-03-03T00:00:00.000Z",
    arrivedAt: "2026-03-03T06:00:00.000Z",
  };
  await writeFiles([upload, { ...upload, key: `${root}former`, isFormer: true }]);
  const found = async (since: string, until: string) =>
    (await findAll(parse({ prefix: root, since, until }))).keys;
  await expect.poll(() => found("2026-03-03T06:00", "2026-03-03T06:01")).toEqual([`${root}upload`]);
  // The first release did not record the arrival.
  await expect.poll(() => found("2026-03-03T00:00", "2026-03-03T00:01")).toEqual([`${root}former`]);
});

test("finds the files that somebody uploaded or deleted", async () => {
  const root = unique("");
  const ann = { principal: "AWS:AROAEXAMPLE:ann", sourceIp: "192.0.2.7", requestId: "EXAMPLE1" };
  const bob = { principal: "AWS:AROAEXAMPLE:bob", sourceIp: "192.0.2.8", requestId: "EXAMPLE2" };
  await writeFiles([
    { key: `${root}a`, who: ann },
    { key: `${root}b`, who: ann, state: "unreadable" },
    { key: `${root}c`, who: bob },
    { key: `${root}d`, who: ann, state: "deleted" },
    { key: `${root}e`, who: bob, state: "deleted" },
    { key: `${root}f` },
  ]);
  for (const by of ["ann", ...Object.values(ann)]) {
    expect((await findAll(parse({ prefix: root, by }))).keys).toEqual([`${root}a`, `${root}b`]);
    const deleted = await findAll(parse({ prefix: root, by, state: "deleted" }));
    expect(deleted.keys).toEqual([`${root}d`]);
  }
  for (const by of ["an", "AROAEXAMPLE", "AROAEXAMPLE:ann", "192.0.2", "EXAMPLE"]) {
    expect((await findAll(parse({ prefix: root, by }))).keys).toEqual([]);
  }
});

test("finds the files under a prefix that S3 lists", async () => {
  const root = unique("");
  const keys = fc.sample(keyEnd, { numRuns: 25, seed: 7 }).map((end) => root + end);
  await putFiles(root, [...new Set(keys)], {
    Metadata: { owner: `=?UTF-8?B?${Buffer.from("Ünïcode 日本").toString("base64")}?=` },
  });
  const all = await findAll(parse({ prefix: root }));
  expect(all.keys).toEqual(keysOf(await listedByS3(root)));
  const owned = await findAll(parse({ prefix: root, metadata: "owner=Ünïcode 日本" }));
  expect(owned.keys).toEqual(all.keys);
});
