import { stats } from "@waybill/core/catalog";
import { parseQuery, StatsQuery } from "@waybill/core/catalog/query";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { offline, unique } from "../support.ts";
import { filesOf, keyEnd } from "./arbitrary.ts";
import { listedByS3, putFiles } from "./bucket.ts";
import { arrivalOf, type FileFacts, writeFiles } from "./catalog.ts";

const parse = (query: Record<string, unknown>) => parseQuery(StatsQuery, query);

interface Group {
  name: string;
  files: number;
  bytes: number;
}

function sum(groups: readonly Omit<Group, "name">[]) {
  return groups.reduce(
    ({ files, bytes }, group) => ({ files: files + group.files, bytes: bytes + group.bytes }),
    { files: 0, bytes: 0 },
  );
}

/** The model: the group of a file. */
function groupOf(file: FileFacts, prefix: string, by: string): string {
  const { key, state, contentType = "" } = file;
  if (by === "day") return arrivalOf(file).slice(0, 10);
  if (by === "type") {
    return state === "unreadable" ? "unknown" : (contentType.split(";")[0] ?? "").toLowerCase();
  }
  const [folder, ...rest] = key.slice(prefix.length).split("/");
  return rest.length === 0 ? prefix : `${prefix}${folder}/`;
}

function groupsOf(files: readonly FileFacts[], prefix: string, by: string): Group[] {
  const sums = Map.groupBy(files, (file) => groupOf(file, prefix, by));
  const groups = Array.from(sums, ([name, members]) => ({
    name,
    ...sum(members.map(({ size = 1 }) => ({ files: 1, bytes: size }))),
  }));
  const byName = (a: Group, b: Group) => (a.name < b.name ? -1 : 1);
  return by === "day"
    ? groups.toSorted((a, b) => byName(b, a))
    : groups.toSorted((a, b) => b.bytes - a.bytes || b.files - a.files || byName(a, b));
}

const DAYS = ["2019-12-31T23:59:59.999Z", "2020-01-01T00:00:00.000Z", "2020-02-29T12:00:00.000Z"];

describe.runIf(offline)("over random files", () => {
  test("counts files and bytes per group, and the remaining groups together", async () => {
    await fc.assert(
      fc.asyncProperty(
        filesOf(DAYS),
        fc.oneof(fc.constant(""), keyEnd),
        fc.integer({ min: 1, max: 4 }),
        async (ends, prefixEnd, limit) => {
          const root = unique("");
          const prefix = root + prefixEnd;
          const files = ends.map((file) => ({ ...file, key: root + file.key }));
          await writeFiles(files);
          const counted = files.filter(
            ({ key, state }) => key.startsWith(prefix) && state !== "deleted",
          );
          for (const by of ["type", "day", "folder"]) {
            const groups = groupsOf(counted, prefix, by);
            const result = await stats(parse({ prefix, by, limit }));
            expect(result).toMatchObject({
              groups: groups.slice(0, limit),
              others: groups.length > limit ? sum(groups.slice(limit)) : undefined,
              total: sum(groups),
            });
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  test("returns the largest of 400 folders exactly", async () => {
    const root = unique("");
    // Sizes in another order than the keys.
    const sizes = Array.from({ length: 400 }, (_, index) => (index * 7919) % 1009);
    await writeFiles(sizes.map((size, index) => ({ key: `${root}${index}/file`, size })));
    const { groups, others } = await stats(parse({ prefix: root, by: "folder", limit: 5 }));
    const sorted = sizes.toSorted((a, b) => b - a);
    expect(groups.map(({ bytes }) => bytes)).toEqual(sorted.slice(0, 5));
    expect(others).toEqual(sum(sorted.slice(5).map((bytes) => ({ files: 1, bytes }))));
  });

  test("counts files outside folders as one complete group, between many folders", async () => {
    const root = unique("");
    const each = (ending: string, size: number) =>
      Array.from({ length: 100 }, (_, index) => ({ key: `${root}${index}${ending}`, size }));
    await writeFiles([...each("/file", 50), ...each(" outside", 1)]);
    const { groups } = await stats(parse({ prefix: root, by: "folder", limit: 1 }));
    expect(groups).toEqual([{ name: root, files: 100, bytes: 100 }]);
  });
});

test("the total is equal to that of the listing of S3", async () => {
  const root = unique("");
  await putFiles(
    root,
    ["a", "b/c", "b/d", "B"].map((end) => root + end),
    { Body: "four" },
  );
  const { total } = await stats(parse({ prefix: root, by: "folder" }));
  expect(total).toEqual(
    sum((await listedByS3(root)).map(({ size }) => ({ files: 1, bytes: size }))),
  );
});
