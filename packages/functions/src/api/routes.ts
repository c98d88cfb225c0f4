import type { Reads } from "@waybill/core/catalog";
import {
  DuplicatesQuery,
  FindPageQuery,
  ListQuery,
  ObjectKey,
  RecentQuery,
  StatsQuery,
} from "@waybill/core/catalog/query";
import { addReads } from "@waybill/core/catalog/reads";
import * as z from "zod/mini";

import { MAX_FIND_UNITS } from "./limits.ts";
import { HttpError } from "./problem.ts";
import { DuplicatesPage, FileRecord, FindPage, ListPage, RecentPage, Stats } from "./responses.ts";
import type { Queries } from "./queries.ts";
import { definePagedRoute, defineRoute, type Route } from "./route.ts";

const FileQuery = z.strictObject({
  key: ObjectKey,
  deleted: z.optional(
    z.pipe(
      z.transform((value: unknown) =>
        value === "true" ? true : value === "false" ? false : value,
      ),
      z
        .boolean("must be true or false")
        .check(z.describe("Whether to return the tombstone of a deleted object.")),
    ),
  ),
});

const NO_RECORD = "There is no record of this key.";

function noRecordError(): HttpError {
  return new HttpError(404, "catalog.no_record", NO_RECORD, {
    help: "Keys are compared byte by byte; GET /files?prefix=... lists existing ones. A new object has a record about a second after its upload.",
  });
}

/** Adds to a response as of when the catalog is complete, and what it cost to read that. */
async function withCompleteness<T extends { readonly read: Reads }>(
  queries: Queries,
  prefix: string,
  response: Promise<T>,
): Promise<T & { completeAsOf: string | undefined }> {
  const [result, { completeAsOf, read }] = await Promise.all([
    response,
    queries.completeness(prefix),
  ]);
  const total = { ...result.read };
  addReads(total, read);
  return { ...result, read: total, completeAsOf };
}

/** Every path of the API except that of the OpenAPI document. */
export const ROUTES: readonly Route[] = [
  definePagedRoute({
    id: "listFiles",
    path: "/files",
    summary: "A page of records in key order.",
    description:
      "Has the order and the semantics of S3's ListObjectsV2. Reads are strongly consistent.",
    query: ListQuery,
    response: ListPage,
    run: (query, { queries }) => withCompleteness(queries, query.prefix, queries.list(query)),
  }),
  defineRoute({
    id: "getFile",
    path: "/file",
    summary: "The record of one object.",
    description: "Reads are strongly consistent.",
    query: FileQuery,
    response: FileRecord,
    missing: NO_RECORD,
    run: async ({ key, deleted }, { queries }) => {
      const record = await queries.get(key, { deleted: deleted ?? false });
      if (record === undefined) throw noRecordError();
      return record;
    },
  }),
  definePagedRoute({
    id: "listRecentFiles",
    path: "/recent",
    summary: "A page of records, latest arrival first.",
    description:
      "An object arrives with the event of its creation: an upload in parts when it completes, although its `lastModified` is when it was started.",
    query: RecentQuery,
    response: RecentPage,
    run: (query, { queries }) => withCompleteness(queries, "", queries.recent(query)),
  }),
  definePagedRoute({
    id: "listDuplicates",
    path: "/duplicates",
    summary: "A page of the records with the same content as a file, or with one content identity.",
    description:
      "The identity is S3's CRC64NVME of the full object and the size, or else the ETag, which also depends on the parts of the upload and on the encryption. Neither resists a forger: compare files from untrusted writers before you delete one. Empty files have no duplicates. Give one of `key`, `content` and `etag`.",
    query: DuplicatesQuery,
    response: DuplicatesPage,
    missing: "There is no record of `key`.",
    run: async (query, { queries }) => {
      const duplicates = async () => {
        const page = await queries.duplicates(query);
        if (page === undefined) throw noRecordError();
        return page;
      };
      return withCompleteness(queries, "", duplicates());
    },
  }),
  definePagedRoute({
    id: "findFiles",
    path: "/find",
    summary: "A page of the records that match all of the given conditions.",
    description:
      "A page reads a bounded part of the catalog. It may have few records or none although more follow: continue while there is a `next`.",
    query: FindPageQuery,
    response: FindPage,
    run: (query, { queries }) =>
      withCompleteness(
        queries,
        query.prefix,
        queries.findPage(query, { maxUnits: MAX_FIND_UNITS }),
      ),
  }),
  defineRoute({
    id: "countFiles",
    path: "/stats",
    summary: "The number and the total size of the files, by group.",
    description:
      "Reads every record under the prefix. If this does not finish in time, request one folder at a time.",
    query: StatsQuery,
    response: Stats,
    // Called after every thousand files, so that a query stops soon after its deadline.
    run: (query, { queries, signal }) =>
      withCompleteness(
        queries,
        query.prefix,
        queries.stats(query, () => signal.throwIfAborted()),
      ),
  }),
];
