import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { list, type ListPage } from "@waybill/core/catalog";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

import { bucket, s3, unique } from "../support.ts";
import { keyEnd, keyEnds, prefixEnd } from "./arbitrary.ts";
import { putFiles } from "./bucket.ts";
import { inByteOrder, keysOf, writeFiles } from "./catalog.ts";

interface Asked {
  readonly prefix: string;
  readonly delimiter: string;
  readonly startAfter: string;
}

interface Entries {
  readonly keys: string[];
  readonly prefixes: string[];
}

const isAfter = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;

/** The model: what a listing of plain keys, in byte order, holds. */
function expected(keys: readonly string[], { prefix, delimiter, startAfter }: Asked): Entries {
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

/** All pages of so many entries, put together; each but the last is full. */
async function listAll(asked: Asked, limit: number): Promise<Entries & { pages: number }> {
  const keys: string[] = [];
  const prefixes: string[] = [];
  let startAfter: string | undefined = asked.startAfter;
  let pages = 0;
  do {
    const page: ListPage = await list({ ...asked, startAfter, limit });
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

/** A question about keys under `root`; it begins anywhere, or at one of the keys. */
const questionOf = (root: string, keys: readonly string[]) =>
  fc.record<Asked>({
    prefix: prefixEnd.map((end) => root + end),
    delimiter: fc.constantFrom("", "/", "//", "a"),
    startAfter: fc.oneof(
      fc.constantFrom("", ...keys),
      keyEnd.map((end) => root + end),
    ),
  });

test("a listing is what a sorted list of the keys says, at every page size", async () => {
  await fc.assert(
    fc.asyncProperty(keyEnds, fc.gen(), async (ends, choose) => {
      const root = unique("");
      const files = inByteOrder(ends.map((end) => ({ key: root + end })));
      await writeFiles(files);
      for (let questions = 0; questions < 4; questions++) {
        const asked = choose(questionOf, root, keysOf(files));
        const model = expected(keysOf(files), asked);
        const entries = model.keys.length + model.prefixes.length;
        for (let limit = 1; limit <= entries + 1; limit++) {
          expect(await listAll(asked, limit)).toEqual({
            ...model,
            pages: Math.max(1, Math.ceil(entries / limit)),
          });
        }
      }
    }),
    { numRuns: 7 },
  );
});

test("it is also where no shard has all that is asked of it in one page", async () => {
  const root = unique("");
  const ends = fc.sample(fc.tuple(keyEnd, keyEnd), { numRuns: 320, seed: 3 });
  const keys = [...new Set(ends.map((pair) => root + pair.join("")))];
  const files = inByteOrder(keys.map((key) => ({ key })));
  await writeFiles(files);
  await fc.assert(
    fc.asyncProperty(
      questionOf(root, keysOf(files)),
      fc.integer({ min: 40, max: 200 }),
      async (asked, limit) => {
        const { keys, prefixes } = await listAll(asked, limit);
        expect({ keys, prefixes }).toEqual(expected(keysOf(files), asked));
      },
    ),
    { numRuns: 15 },
  );
});

describe("over files of the bucket", () => {
  const root = unique("");
  const ends = fc.sample(keyEnd, { numRuns: 80, seed: 5 });
  const keys = [...new Set(ends)].map((end) => root + end);

  beforeAll(() => putFiles(root, keys));

  /** One page of S3's own. */
  async function listedByS3(asked: Asked, limit: number) {
    const { Contents = [], CommonPrefixes = [] } = await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: asked.prefix,
        Delimiter: asked.delimiter || undefined,
        StartAfter: asked.startAfter || undefined,
        MaxKeys: limit,
      }),
    );
    return {
      keys: Contents.map(({ Key }) => Key),
      prefixes: CommonPrefixes.map(({ Prefix }) => Prefix),
    };
  }

  test("every page is the page that S3 lists", async () => {
    const question = questionOf(root, keys);
    await fc.assert(
      fc.asyncProperty(question, fc.integer({ min: 1, max: 90 }), async (asked, limit) => {
        const { records, prefixes } = await list({ ...asked, limit });
        expect({ keys: keysOf(records), prefixes }).toEqual(await listedByS3(asked, limit));
      }),
      { numRuns: 40 },
    );
  });
});

test("neither deleted files are listed nor what only begins like the prefix", async () => {
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

test("folders are read by skipping ahead: a folder of a thousand files costs as much as one of ten", async () => {
  const root = unique("");
  await writeFiles([
    ...Array.from({ length: 1000 }, (_, index) => ({ key: `${root}many/${index}` })),
    ...Array.from({ length: 10 }, (_, index) => ({ key: `${root}more/${index}` })),
  ]);
  const { prefixes, read } = await list({ prefix: root, delimiter: "/", limit: 10 });
  expect(prefixes).toEqual([`${root}many/`, `${root}more/`]);
  expect(read.items).toBeLessThan(300);
});
