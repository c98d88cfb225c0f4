import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { list, type ListPage } from "@waybill/core/catalog";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

import { bucket, s3, unique } from "../support.ts";
import { keyEnd, keyEnds, prefixEnd } from "./arbitrary.ts";
import { putFiles } from "./bucket.ts";
import { inByteOrder, keysOf, writeFiles } from "./catalog.ts";

interface Query {
  readonly prefix: string;
  readonly delimiter: string;
  readonly startAfter: string;
}

interface Entries {
  readonly keys: string[];
  readonly prefixes: string[];
}

const isAfter = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;

/** The model: the entries of a listing, from keys in byte order. */
function expected(keys: readonly string[], { prefix, delimiter, startAfter }: Query): Entries {
  const entries: Entries = { keys: [], prefixes: [] };
  for (const key of keys) {
    if (!key.startsWith(prefix) || !isAfter(key, startAfter)) continue;
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const folder = key.slice(0, at + delimiter.length);
    if (at < 0) entries.keys.push(key);
    else if (startAfter !== folder && entries.prefixes.at(-1) !== folder) {
      entries.prefixes.push(folder);
    }
  }
  return entries;
}

/** Returns the entries of all pages. Expects each page except the last to be full. */
async function listAll(query: Query, limit: number): Promise<Entries & { pages: number }> {
  const keys: string[] = [];
  const prefixes: string[] = [];
  let startAfter: string | undefined = query.startAfter;
  let pages = 0;
  do {
    const page: ListPage = await list({ ...query, startAfter, limit });
    const entries = page.records.length + page.prefixes.length;
    expect(entries).toBeLessThanOrEqual(limit);
    expect(entries === limit || page.next === undefined).toBe(true);
    keys.push(...keysOf(page.records));
    prefixes.push(...page.prefixes);
    startAfter = page.next?.startAfter;
    pages += 1;
  } while (startAfter !== undefined);
  return { keys, prefixes, pages };
}

/** Generates queries for keys under `root`. They start anywhere or at one of the keys. */
const queriesOf = (root: string, keys: readonly string[]) =>
  fc.record<Query>({
    prefix: prefixEnd.map((end) => root + end),
    delimiter: fc.constantFrom("", "/", "//", "a"),
    startAfter: fc.oneof(
      fc.constantFrom("", ...keys),
      keyEnd.map((end) => root + end),
    ),
  });

test("lists the keys in byte order with their folders, at every page size", async () => {
  await fc.assert(
    fc.asyncProperty(keyEnds, fc.gen(), async (ends, choose) => {
      const root = unique("");
      const files = inByteOrder(ends.map((end) => ({ key: root + end })));
      await writeFiles(files);
      for (let count = 0; count < 4; count++) {
        const query = choose(queriesOf, root, keysOf(files));
        const model = expected(keysOf(files), query);
        const entries = model.keys.length + model.prefixes.length;
        for (let limit = 1; limit <= entries + 1; limit++) {
          expect(await listAll(query, limit)).toEqual({
            ...model,
            pages: Math.max(1, Math.ceil(entries / limit)),
          });
        }
      }
    }),
    { numRuns: 7 },
  );
});

test("lists the same when a page needs several reads of each shard", async () => {
  const root = unique("");
  const ends = fc.sample(fc.tuple(keyEnd, keyEnd), { numRuns: 320, seed: 3 });
  const keys = [...new Set(ends.map((pair) => root + pair.join("")))];
  const files = inByteOrder(keys.map((key) => ({ key })));
  await writeFiles(files);
  await fc.assert(
    fc.asyncProperty(
      queriesOf(root, keysOf(files)),
      fc.integer({ min: 40, max: 200 }),
      async (query, limit) => {
        const { pages: _, ...entries } = await listAll(query, limit);
        expect(entries).toEqual(expected(keysOf(files), query));
      },
    ),
    { numRuns: 15 },
  );
});

describe("over objects in S3", () => {
  const root = unique("");
  const ends = fc.sample(keyEnd, { numRuns: 80, seed: 5 });
  const objectKeys = [...new Set(ends)].map((end) => root + end);

  beforeAll(() => putFiles(root, objectKeys));

  /** Returns one page of ListObjectsV2. */
  async function listedByS3(query: Query, limit: number) {
    const { Contents = [], CommonPrefixes = [] } = await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: query.prefix,
        Delimiter: query.delimiter || undefined,
        StartAfter: query.startAfter || undefined,
        MaxKeys: limit,
      }),
    );
    return {
      keys: Contents.map(({ Key }) => Key),
      prefixes: CommonPrefixes.map(({ Prefix }) => Prefix),
    };
  }

  test("every page is equal to that of ListObjectsV2", async () => {
    const queries = queriesOf(root, objectKeys);
    await fc.assert(
      fc.asyncProperty(queries, fc.integer({ min: 1, max: 90 }), async (query, limit) => {
        const { records, prefixes } = await list({ ...query, limit });
        expect({ keys: keysOf(records), prefixes }).toEqual(await listedByS3(query, limit));
      }),
      { numRuns: 40 },
    );
  });
});

test("excludes deleted files, and folders with deleted files only", async () => {
  const root = unique("");
  await writeFiles([
    { key: `${root}a/1` },
    { key: `${root}a/2`, state: "deleted" },
    { key: `${root}a`, state: "unreadable" },
    { key: `${root}b/3`, state: "deleted" },
  ]);
  expect(keysOf((await list({ prefix: root, limit: 10 })).records)).toEqual([
    `${root}a`,
    `${root}a/1`,
  ]);
  expect((await list({ prefix: root, delimiter: "/", limit: 10 })).prefixes).toEqual([`${root}a/`]);
});

test("skips the files inside folders: a folder of 1,000 files costs as much as one of 10", async () => {
  const root = unique("");
  await writeFiles([
    ...Array.from({ length: 1000 }, (_, index) => ({ key: `${root}many/${index}` })),
    ...Array.from({ length: 10 }, (_, index) => ({ key: `${root}more/${index}` })),
  ]);
  const { prefixes, read } = await list({ prefix: root, delimiter: "/", limit: 10 });
  expect(prefixes).toEqual([`${root}many/`, `${root}more/`]);
  expect(read.items).toBeLessThan(300);
});
