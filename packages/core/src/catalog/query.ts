import * as z from "zod/mini";

import { InputError } from "../error.ts";
import { DEFAULT_RECENT } from "../limits.ts";
import {
  bytes,
  ContentIdentity,
  ETag,
  keyText,
  MediaType,
  Metadata,
  NamePattern,
  ObjectKey,
  ObjectTags,
  pageLimit,
  Prefix,
  StartAfter,
  StartAfterTime,
  State,
  time,
  Who,
  windowCheck,
} from "./parameter.ts";

export { ObjectKey };

/** `list`: a page of keys in the order and with the meaning of S3's `ListObjectsV2`. */
export const ListQuery = z.strictObject({
  prefix: Prefix,
  delimiter: z.optional(
    keyText(0).check(
      z.describe("Keys that contain it after the prefix are grouped into one entry, like folders."),
    ),
  ),
  startAfter: StartAfter,
  limit: pageLimit("Entries of a page, records and folders together."),
});
export type ListQuery = z.output<typeof ListQuery>;

/** `recent`: a page of records, latest arrival first. */
export const RecentQuery = z
  .strictObject({
    since: z.optional(
      time("Only files that arrived at this time or later; without it, a year before `until`."),
    ),
    until: z.optional(time("Only files that arrived before this time.")),
    limit: pageLimit("Records of a page.", DEFAULT_RECENT),
    startAfter: StartAfter,
    startAfterTime: StartAfterTime,
  })
  .check(
    windowCheck,
    z.refine((query) => query.startAfter === undefined || query.startAfterTime !== undefined, {
      error: "is required with `startAfter`",
      path: ["startAfterTime"],
    }),
  );
export type RecentQuery = z.output<typeof RecentQuery>;

/** `duplicates`: a page of records with the same content, in the order of their keys. */
export const DuplicatesQuery = z
  .strictObject({
    key: z.optional(ObjectKey),
    content: ContentIdentity,
    etag: ETag,
    startAfter: StartAfter,
    limit: pageLimit("Records of a page."),
  })
  .check(
    z.refine(
      ({ key, content, etag }) =>
        [key, content, etag].filter((one) => one !== undefined).length === 1,
      { error: "or `content` or `etag` must be given, but only one of them", path: ["key"] },
    ),
  );
export type DuplicatesQuery = z.output<typeof DuplicatesQuery>;

/** `find`: all records that match all of the given conditions. */
export const FindQuery = z
  .strictObject({
    prefix: Prefix,
    since: z.optional(
      time(
        "Only files that arrived (or, with `state` deleted, were deleted) at this time or later.",
      ),
    ),
    until: z.optional(
      time("Only files that arrived (or, with `state` deleted, were deleted) before this time."),
    ),
    by: Who,
    type: MediaType,
    minSize: bytes("Minimum size in bytes."),
    maxSize: bytes("Maximum size in bytes."),
    metadata: Metadata,
    tags: ObjectTags,
    nameLike: NamePattern,
    state: State,
    startAfter: StartAfter,
    startAfterTime: StartAfterTime,
  })
  .check(
    windowCheck,
    z.refine(
      ({ minSize, maxSize }) =>
        minSize === undefined || maxSize === undefined || minSize <= maxSize,
      { error: "must not be less than `minSize`", path: ["maxSize"] },
    ),
    z.refine(
      ({ startAfterTime, since, state }) =>
        startAfterTime === undefined || (since !== undefined && state !== "deleted"),
      { error: "requires `since` and a `state` other than deleted", path: ["startAfterTime"] },
    ),
  );
export type FindQuery = z.output<typeof FindQuery>;

/** `findPage`: one page of the results of `find`. */
export const FindPageQuery = z.safeExtend(FindQuery, { limit: pageLimit("Records of a page.") });
export type FindPageQuery = z.output<typeof FindPageQuery>;

/** `stats`: number and total size of files, by group. */
export const StatsQuery = z.strictObject({
  prefix: Prefix,
  by: z
    .enum(["type", "day", "folder"], "must be type, day or folder")
    .check(
      z.describe(
        "type: the media type; day: when it arrived, in UTC; folder: the part of the key up to the next slash after the prefix.",
      ),
    ),
  limit: pageLimit("Number of groups; the remaining ones are summed up as others."),
});
export type StatsQuery = z.output<typeof StatsQuery>;

/** One error in a query. */
export interface QueryIssue {
  /** The parameter; empty if the error is about the query as a whole. */
  readonly parameter: string;
  /** Continues a sentence that starts with the parameter's name, such as "must be 1 to 1000". */
  readonly message: string;
}

/** An invalid query; `issues` lists all errors in it. */
export class QueryError extends InputError {
  readonly issues: readonly QueryIssue[];

  constructor(issues: readonly QueryIssue[]) {
    super(
      "query.invalid",
      issues.map(({ parameter, message }) => `${parameter} ${message}`.trim()).join("; "),
    );
    this.issues = issues;
  }
}

/**
 * Validates input from a command line, a URL or a program with the schema of a query. Texts of numbers
 * become numbers, times become ISO-8601 UTC, and missing parameters get their defaults. Throws a
 * `QueryError` that names every invalid or unknown parameter.
 */
export function parseQuery<T>(schema: z.ZodMiniType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new QueryError(
    parsed.error.issues.flatMap((issue): QueryIssue[] =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((parameter) => ({ parameter, message: "is not a recognized parameter" }))
        : [{ parameter: issue.path.filter(String).map(String).join("."), message: issue.message }],
    ),
  );
}
