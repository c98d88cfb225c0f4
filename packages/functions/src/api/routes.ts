import {
  DuplicatesQuery,
  FindPageQuery,
  ListQuery,
  ObjectKey,
  RecentQuery,
  StatsQuery,
} from "@waybill/core/catalog/query";
import * as z from "zod/mini";

import { DuplicatesPage, FileRecord, FindPage, ListPage, RecentPage, Stats } from "./answers.ts";
import { HttpError } from "./problem.ts";
import { pagedRoute, type Route, route, type Scope } from "./route.ts";

/**
 * What one page of `/find` may read: about 8 MB, or some 8,000 records. One more page of each of the
 * eight shards, of up to 1 MB, may be under way when it is spent.
 */
const FIND_UNITS = 1_000;

const FileQuery = z.strictObject({
  key: ObjectKey,
  deleted: z.optional(
    z.pipe(
      z.transform((value: unknown) =>
        value === "true" ? true : value === "false" ? false : value,
      ),
      z.boolean("must be true or false").check(z.describe("Whether to show a tombstone as well.")),
    ),
  ),
});
type FileQuery = z.output<typeof FileQuery>;

async function readFile({ key, deleted }: FileQuery, { queries }: Scope): Promise<FileRecord> {
  const record = await queries.get(key, { deleted: deleted ?? false });
  if (record !== undefined) return record;
  throw noRecord();
}

function noRecord(): HttpError {
  return new HttpError(404, "catalog.no_record", "There is no record of this key.", {
    help: "Keys are compared byte by byte: GET /files?prefix=... shows those that there are. A new object has its record about a second later.",
  });
}

const file = {
  summary: "The record of one object.",
  query: FileQuery,
  answer: FileRecord,
  missing: "There is no record of this key.",
  run: readFile,
} as const;

/** Every path of the API but the document that describes them. */
export const ROUTES: readonly Route[] = [
  pagedRoute({
    id: "listFiles",
    path: "/files",
    summary: "A page of records in the order of their keys.",
    description:
      "With the meaning and the order of S3's ListObjectsV2. It sees every write that was made before.",
    query: ListQuery,
    answer: ListPage,
    run: (query, { queries }) => queries.list(query),
  }),
  route({
    ...file,
    id: "getFile",
    path: "/files/{key}",
    description:
      "The key is percent-encoded, its slashes too or not. A key with a segment that is `.` or `..` alone cannot stand in a path: see `/file`.",
  }),
  route({
    ...file,
    id: "getFileByKey",
    path: "/file",
    description: "As `/files/{key}`, for every key there can be.",
  }),
  pagedRoute({
    id: "listRecentFiles",
    path: "/recent",
    summary: "A page of records, the last modified first.",
    query: RecentQuery,
    answer: RecentPage,
    run: (query, { queries }) => queries.recent(query),
  }),
  pagedRoute({
    id: "listDuplicates",
    path: "/duplicates",
    summary: "A page of the records with the same content as a file, or of an ETag.",
    description:
      "The same ETag is the same content; the same content need not have the same ETag. Either `key` or `etag` must be given.",
    query: DuplicatesQuery,
    answer: DuplicatesPage,
    missing: "There is no record of the file that was asked about.",
    run: async (query, { queries }) => {
      const page = await queries.duplicates(query);
      if (page !== undefined) return page;
      throw noRecord();
    },
  }),
  pagedRoute({
    id: "findFiles",
    path: "/find",
    summary: "A page of the records for which everything holds that is asked.",
    description:
      "A page reads a bounded part of the catalogue, so it may hold few records or none although there are more: go on while there is a `next`.",
    query: FindPageQuery,
    answer: FindPage,
    run: (query, { queries }) => queries.findPage(query, { maxUnits: FIND_UNITS }),
  }),
  route({
    id: "countFiles",
    path: "/stats",
    summary: "How many files there are and how much they hold, by group.",
    description:
      "It reads every record under the prefix; where they are too many, ask folder by folder.",
    query: StatsQuery,
    answer: Stats,
    // Called after every thousand files: what nobody waits for any more is not read to its end.
    run: (query, { queries, signal }) => queries.stats(query, () => signal.throwIfAborted()),
  }),
];
