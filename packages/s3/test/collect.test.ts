import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  collect,
  startAfter,
  type ListEntry,
  type ListPage,
  type ListStart,
  type Source,
} from "../src/store/listing.ts";

interface Item {
  id: number;
  key: string;
}

/** Returns an index over the keys, and a counter of the rows read from it. */
function source(keys: readonly string[]) {
  const rows = keys
    .map((key, id) => ({ key: Buffer.from(key), id }))
    .toSorted((a, b) => Buffer.compare(a.key, b.key) || b.id - a.id);
  const counted = { rows: 0 };
  const read = (found: typeof rows, limit: number) => {
    const given = found.slice(0, limit);
    counted.rows += given.length;
    return given;
  };
  const index: Source<Item> = {
    from: (from, end, limit) =>
      read(
        rows.filter(({ key }) => Buffer.compare(key, from) >= 0 && Buffer.compare(key, end) < 0),
        limit,
      ),
    within: (key, id, limit) =>
      read(
        rows.filter((row) => row.key.equals(key) && row.id < id),
        limit,
      ),
    read: ({ key, id }) => ({ key: String(key), id: Number(id) }),
  };
  return { index, counted };
}

/** Computes the entries of a list without an index. */
function expected(
  keys: readonly string[],
  prefix: string,
  delimiter: string | undefined,
): string[] {
  const shown = keys
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const at = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      return at === -1 ? `key ${key}` : `prefix ${key.slice(0, at + (delimiter ?? "").length)}`;
    });
  return shown.filter((entry, index) => entry.startsWith("key") || shown.indexOf(entry) === index);
}

function allPages(
  keys: readonly string[],
  prefix: string,
  delimiter: string | undefined,
  limit: number,
) {
  const { index } = source(keys);
  const pages: string[][] = [];
  let start: ListStart | undefined = { from: Buffer.alloc(0) };
  while (start) {
    const page: ListPage<Item> = collect(index, { prefix, delimiter, limit }, start);
    pages.push(
      page.entries.map((entry) =>
        entry.item ? `key ${entry.item.key}` : `prefix ${entry.prefix}`,
      ),
    );
    const last: ListEntry<Item> | undefined = page.entries.at(-1);
    const marker = last?.item?.key ?? last?.prefix ?? "";
    const next = startAfter(marker, { prefix, delimiter });
    const within: ListStart["within"] = last?.item && {
      key: Buffer.from(last.item.key),
      id: last.item.id,
    };
    start = page.truncated ? { ...next, ...(within && { within }) } : undefined;
  }
  return pages;
}

test("returns exact pages of any size, for any keys, prefix and delimiter", () => {
  const character = fc.constantFrom("a", "b", "/", "é", "😀", "\uffff");
  const text = (max: number) => fc.string({ unit: character, minLength: 0, maxLength: max });
  fc.assert(
    fc.property(
      fc.array(text(6), { maxLength: 40 }),
      text(2),
      fc.option(
        text(2).filter((delimiter) => delimiter !== ""),
        { nil: undefined },
      ),
      fc.integer({ min: 1, max: 12 }),
      (keys, prefix, delimiter, limit) => {
        const pages = allPages(keys, prefix, delimiter, limit);

        expect(pages.flat()).toEqual(expected(keys, prefix, delimiter));
        expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
        expect(pages.length === 1 || pages.at(-1)?.length !== 0).toBe(true);
      },
    ),
    { numRuns: 1000 },
  );
});

test("skips the keys of a common prefix without reading them", () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `dir-${index % 10}/${index}`);
  const { index, counted } = source(keys);

  const page = collect(
    index,
    { prefix: "", delimiter: "/", limit: 1000 },
    { from: Buffer.alloc(0) },
  );

  expect(page.entries).toHaveLength(10);
  expect(counted.rows).toBeLessThan(100);
});

test("returns no entries for a limit of 0", () => {
  const { index } = source(["a"]);
  const page = collect(
    index,
    { prefix: "", delimiter: undefined, limit: 0 },
    { from: Buffer.alloc(0) },
  );
  expect(page).toEqual({ entries: [], truncated: false });
});

test.each([
  ["before the prefix", "a", ["p/x"]],
  ["after the prefix", "q", []],
])("starts after a key %s without listing that key", (_, marker, shown) => {
  const { index } = source([marker, marker, "p/x"]);
  const key = Buffer.from(marker);
  const list = { prefix: "p/", delimiter: undefined };
  const start = { ...startAfter(marker, list), within: { key, id: 1 } };

  const { entries } = collect(index, { ...list, limit: 10 }, start);

  expect(entries.map(({ item }) => item?.key)).toEqual(shown);
});
