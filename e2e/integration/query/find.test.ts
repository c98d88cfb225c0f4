import { find, type FindCursor, type FindPage, findPage, get } from "@waybill/core/catalog";
import { FindQuery, parseQuery } from "@waybill/core/catalog/query";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { offline, unique } from "../support.ts";
import { filesOf, keyEnd, prefixEnd } from "./arbitrary.ts";
import { listedByS3, putFiles } from "./bucket.ts";
import { type FileFacts, inByteOrder, keysOf, withFiles, writeFiles } from "./catalog.ts";

const asked = (query: Record<string, unknown>): FindQuery => parseQuery(FindQuery, query);

const isAfter = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;

async function findAll(query: FindQuery) {
  const found = await find(query);
  const keys: string[] = [];
  for await (const { key } of found) keys.push(key);
  expect(found.next).toBeUndefined();
  return { keys, index: found.index };
}

// Months, one of them empty, in which no other test has files: the index is of the whole bucket.
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
  readonly type?: string;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly metadata?: unknown;
  readonly nameLike?: string;
  readonly state?: string;
}

/** One condition: more than two together hold for hardly any file, and so show little. */
const condition: fc.Arbitrary<Conditions> = fc.oneof(
  fc.record({ since: fc.constantFrom(...TIMES) }),
  fc.record({
    since: fc.constantFrom(...TIMES.slice(0, 3)),
    until: fc.constantFrom("2007-03-01T00:00:00.000Z", "2007-03-01T00:00:00.001Z"),
  }),
  fc.record({ type: fc.constantFrom("image/*", "image/png", "TEXT/html", "text/*") }),
  fc.record({ minSize: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ maxSize: fc.integer({ min: 2, max: 5 }) }),
  fc.record({ metadata: fc.constantFrom({ owner: "ann" }, ["Owner=bob", "of=x"], "none=1") }),
  fc.record({
    nameLike: fc.oneof(fc.constantFrom("*", "?", "*a*", "*/", "/*", "*/*a", "a?*"), keyEnd),
  }),
  fc.record({ state: fc.constantFrom("present", "unreadable", "deleted") }),
);

/** What is behind the root of a run in a pattern that is held against the whole key. */
const rooted = (root: string, nameLike: string | undefined) =>
  nameLike?.includes("/") ? `*${root}${nameLike}` : nameLike;

/**
 * A question about the files under `root`, with up to two conditions. Without a prefix, only their time
 * tells them from the files of other tests.
 */
const questionOf = (root: string): fc.Arbitrary<FindQuery> =>
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
      return asked({
        ...others,
        nameLike: rooted(root, nameLike),
        ...(since === undefined ? {} : { since, until }),
        prefix: prefix ?? (inTable ? root : ""),
        startAfter,
      });
    });

/** The model: whether everything holds that is asked of a file. */
function fits(file: FileFacts, query: FindQuery): boolean {
  const { key, state = "present", size = 1, contentType = "", lastModified = "" } = file;
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
    (query.since === undefined || lastModified >= query.since) &&
    (query.until === undefined || lastModified < query.until) &&
    (query.minSize === undefined || (state !== "deleted" && size >= query.minSize)) &&
    (query.maxSize === undefined || (state !== "deleted" && size <= query.maxSize)) &&
    (query.type === undefined || type === query.type || `${type.split("/")[0]}/*` === query.type) &&
    Object.entries(query.metadata ?? {}).every(([name, value]) => metadata?.[name] === value) &&
    new RegExp(`^${pattern}$`, "su").test(name)
  );
}

describe.runIf(offline)("over files of all sorts", () => {
  /** Asks so many questions about each of so many sets of files. */
  async function check(
    sets: number,
    questions: number,
    body: (query: FindQuery, model: string[]) => Promise<void>,
  ) {
    await fc.assert(
      fc.asyncProperty(filesOf(TIMES), fc.gen(), async (ends, choose) => {
        const root = unique("");
        const files = inByteOrder(ends.map((file) => ({ ...file, key: root + file.key })));
        await withFiles(files, async () => {
          for (let count = 0; count < questions; count++) {
            const query = choose(questionOf, root);
            await body(query, keysOf(files.filter((file) => fits(file, query))));
          }
        });
      }),
      { numRuns: sets, endOnFailure: true },
    );
  }

  test("what is found is what fits", () =>
    check(10, 12, async (query, model) => {
      const { keys, index } = await findAll(query);
      expect(keys.toSorted()).toEqual(model.toSorted());
      expect(index === "table" ? keys : model).toEqual(model);
    }));

  test("pages of every size, and of any cost, make up the whole", () =>
    check(6, 3, async (query, model) => {
      for (let limit = 1; limit <= model.length + 1; limit += 3) {
        const found: string[] = [];
        let next: FindCursor | undefined;
        do {
          const maxUnits = limit % 2 === 0 ? 1 : 1000;
          const page = await findPage({ ...query, ...next, limit }, { maxUnits });
          expect(page.records.length).toBeLessThanOrEqual(limit);
          found.push(...keysOf(page.records));
          // Nothing comes twice; else the pages might have no end.
          expect(found.length).toBeLessThanOrEqual(model.length);
          next = page.next;
        } while (next);
        expect(found.toSorted()).toEqual(model.toSorted());
      }
    }));

  test("files of one moment are on one page each, wherever the time window ends", async () => {
    const root = unique("");
    const files = Array.from({ length: 12 }, (_, index) => ({
      key: `${root}${index}`,
      lastModified: "2006-06-06T06:06:06.006Z",
    }));
    await withFiles(files, async () => {
      const query = asked({ since: "2006-06-06", until: "2006-06-07" });
      const found: string[] = [];
      for (let next: FindCursor | undefined = {}; next && found.length <= files.length;) {
        const page: FindPage = await findPage({ ...query, ...next, limit: 1 });
        found.push(...keysOf(page.records));
        next = page.next;
      }
      expect(found.toSorted()).toEqual(keysOf(files).toSorted());
    });
  });

  test("whichever is narrower is read, the keys of the prefix or the time window", async () => {
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
        const byTime = await findPage({ ...asked(window), limit: 100 });
        expect(byTime.index).toBe("byTime");
        expect(keysOf(byTime.records).toSorted()).toEqual(keysOf([3, 4, 5].map(file)));
        expect(byTime.read.items).toBeLessThan(100);

        // Of deleted files the index by time has none.
        const deleted = await findPage({ ...asked({ ...window, state: "deleted" }), limit: 100 });
        expect(deleted.index).toBe("table");

        const prefix = { prefix: `${root}few/`, since: "2009-05", until: "2009-06" };
        const table = await findPage({ ...asked(prefix), limit: 100 });
        expect(table.index).toBe("table");
        expect(keysOf(table.records)).toEqual(keysOf([0, 1, 2].map(file)));
        expect(table.read.items).toBeLessThan(100);
      },
    );
  });
});

test("a tombstone is found while it is in force, and by when the file was deleted", async () => {
  const root = unique("");
  const deleted = { state: "deleted", lastModified: "2026-03-03T00:00:00.000Z" } as const;
  await writeFiles([
    { key: `${root}in force`, ...deleted },
    { key: `${root}expired`, ...deleted, expiresAt: new Date(Date.now() - 1000) },
    { key: `${root}long ago`, ...deleted, lastModified: "2026-01-01T00:00:00.000Z" },
    { key: `${root}present` },
  ]);
  const query = { prefix: root, state: "deleted", since: "2026-02" };
  expect((await findAll(asked(query))).keys).toEqual([`${root}in force`]);
  expect(await get(`${root}in force`, { deleted: true })).toMatchObject({ state: "deleted" });
  expect(await get(`${root}in force`)).toBeUndefined();
  expect(await get(`${root}expired`, { deleted: true })).toBeUndefined();
});

test("what is found under a prefix is what S3 lists", async () => {
  const root = unique("");
  const keys = fc.sample(keyEnd, { numRuns: 25, seed: 7 }).map((end) => root + end);
  await putFiles(root, [...new Set(keys)], {
    Metadata: { owner: `=?UTF-8?B?${Buffer.from("Ünïcode 日本").toString("base64")}?=` },
  });
  const all = await findAll(asked({ prefix: root }));
  expect(all.keys).toEqual(keysOf(await listedByS3(root)));
  const owned = await findAll(asked({ prefix: root, metadata: "owner=Ünïcode 日本" }));
  expect(owned.keys).toEqual(all.keys);
});
