import { find, type FindCursor, findPage } from "@waybill/core/catalog";
import { FindQuery, parseQuery } from "@waybill/core/catalog/query";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { offline, unique } from "../support.ts";
import { filesOf, keyEnd } from "./arbitrary.ts";
import { listedByS3, putFiles } from "./bucket.ts";
import { type FileFacts, inByteOrder, keysOf, withFiles, writeFiles } from "./catalogue.ts";

const asked = (query: Record<string, unknown>): FindQuery => parseQuery(FindQuery, query);

async function findAll(query: FindQuery) {
  const found = await find(query);
  const keys: string[] = [];
  for await (const { key } of found) keys.push(key);
  expect(found.next).toBeUndefined();
  return { keys, index: found.index };
}

// Years in which no other test has files: the index is of the whole bucket.
const TIMES = [
  "2006-12-31T23:59:59.999Z",
  "2007-01-01T00:00:00.000Z",
  "2007-03-31T23:59:59.999Z",
  "2007-04-01T00:00:00.000Z",
  "2008-02-29T12:00:00.000Z",
];

const conditions = fc.record(
  {
    since: fc.constantFrom(...TIMES),
    until: fc.constantFrom("2007-02", "2009"),
    type: fc.constantFrom("image/*", "image/png", "TEXT/html", "text/*"),
    minSize: fc.integer({ min: 0, max: 2 }),
    maxSize: fc.integer({ min: 2, max: 5 }),
    metadata: fc.constantFrom({ owner: "ann" }, ["Owner=bob", "of=x"], "none=1"),
    nameLike: fc.oneof(fc.constantFrom("*", "?", "*a*", "*/", "/*", "*/*a", "a?*"), keyEnd),
    state: fc.constantFrom("present", "unreadable", "deleted"),
  },
  { requiredKeys: [] },
);

/** The model: whether everything holds that is asked of a file under `root`. */
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
    (query.since === undefined || lastModified >= query.since) &&
    (query.until === undefined || lastModified < query.until) &&
    (query.minSize === undefined || (state !== "deleted" && size >= query.minSize)) &&
    (query.maxSize === undefined || (state !== "deleted" && size <= query.maxSize)) &&
    (query.type === undefined || type === query.type || `${type.split("/")[0]}/*` === query.type) &&
    Object.entries(query.metadata ?? {}).every(([name, value]) => metadata?.[name] === value) &&
    new RegExp(`^${pattern}$`, "su").test(name)
  );
}

/** What is behind the root of a run in a pattern that is held against the whole key. */
const rooted = (root: string, nameLike: string | undefined) =>
  nameLike?.includes("/") ? `*${root}${nameLike}` : nameLike;

describe.runIf(offline)("over files of all sorts", () => {
  const question = fc.tuple(filesOf(TIMES), fc.option(keyEnd, { nil: "" }), conditions);

  async function check(
    [ends, prefix, { nameLike, ...others }]: [
      FileFacts[],
      string | undefined,
      { nameLike?: string; since?: string },
    ],
    body: (query: FindQuery, model: FileFacts[]) => Promise<void>,
  ) {
    const root = unique("");
    const files = ends.map((file) => ({ ...file, key: root + file.key }));
    const query = asked({
      ...others,
      nameLike: rooted(root, nameLike),
      // Without a prefix, only what has a time tells these files from those of other tests.
      prefix: prefix === undefined ? (others.since === undefined ? root : "") : root + prefix,
      until: others.since === undefined ? undefined : "2009",
    });
    await withFiles(files, () =>
      body(
        query,
        inByteOrder(files).filter((file) => fits(file, query)),
      ),
    );
  }

  test("what is found is what fits", async () => {
    await fc.assert(
      fc.asyncProperty(question, (asked) =>
        check(asked, async (query, model) => {
          const { keys, index } = await findAll(query);
          const expected = keysOf(model);
          expect(keys.toSorted()).toEqual(expected.toSorted());
          expect(index === "table" ? keys : expected).toEqual(expected);
        }),
      ),
      { numRuns: 60 },
    );
  });

  test("pages of every size, and of any cost, make up the whole", async () => {
    await fc.assert(
      fc.asyncProperty(question, fc.constantFrom(1, 1000), (asked, maxUnits) =>
        check(asked, async (query) => {
          const { keys } = await findAll(query);
          for (let limit = 1; limit <= keys.length + 1; limit += 3) {
            const found: string[] = [];
            let next: FindCursor | undefined;
            do {
              const page = await findPage({ ...query, ...next, limit }, { maxUnits });
              expect(page.records.length).toBeLessThanOrEqual(limit);
              found.push(...keysOf(page.records));
              next = page.next;
            } while (next);
            expect(found.toSorted()).toEqual(keys.toSorted());
          }
        }),
      ),
      { numRuns: 20 },
    );
  });

  test("the index by time is read where it is narrower than the prefix", async () => {
    const root = unique("");
    const file = (index: number) => ({
      key: `${root}${index}`,
      lastModified: index < 3 ? "2009-02-02T00:00:00.000Z" : "2009-05-05T00:00:00.000Z",
    });
    await withFiles(
      Array.from({ length: 1000 }, (_, index) => file(index)),
      async () => {
        const query = asked({ prefix: root, since: "2009-02", until: "2009-03" });
        const found = await findPage({ ...query, limit: 100 });
        expect(found.index).toBe("byTime");
        expect(keysOf(found.records).toSorted()).toEqual(keysOf([0, 1, 2].map(file)));
        expect(found.read.items).toBeLessThan(400);
      },
    );
  });

  test("the keys are read where their prefix is narrower than the time window", async () => {
    const root = unique("");
    const file = (index: number) => ({
      key: `${root}${index < 3 ? "few" : "many"}/${index}`,
      lastModified: "2009-07-07T00:00:00.000Z",
    });
    await withFiles(
      Array.from({ length: 1000 }, (_, index) => file(index)),
      async () => {
        const query = asked({ prefix: `${root}few/`, since: "2009-07", until: "2009-08" });
        const found = await findPage({ ...query, limit: 100 });
        expect(found.index).toBe("table");
        expect(keysOf(found.records)).toEqual(keysOf([0, 1, 2].map(file)));
        expect(found.read.items).toBeLessThan(400);
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
});

test("what is found under a prefix is what S3 lists", async () => {
  const root = unique("");
  const keys = fc.sample(keyEnd, { numRuns: 40, seed: 7 }).map((end) => root + end);
  await putFiles(root, [...new Set(keys)], {
    Metadata: { owner: `=?UTF-8?B?${Buffer.from("Ünïcode 日本").toString("base64")}?=` },
  });
  const all = await findAll(asked({ prefix: root }));
  expect(all.keys).toEqual(keysOf(await listedByS3(root)));
  const owned = await findAll(asked({ prefix: root, metadata: "owner=Ünïcode 日本" }));
  expect(owned.keys).toEqual(all.keys);
});
