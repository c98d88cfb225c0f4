import * as z from "zod/mini";

import { InputError } from "../error.ts";
import { MAX_KEY_BYTES } from "../notification/key.ts";

/** Entries of one page, at most. */
export const MAX_LIMIT = 1000;

/** Characters of a glob, at most. */
export const MAX_GLOB = 256;

/** Conditions on user metadata, at most. */
export const MAX_METADATA = 10;

/** S3 keeps 2 KB of user metadata (Amazon S3 User Guide, "Working with object metadata"). */
const MAX_METADATA_BYTES = 2048;

/** A year, month, day or minute and finer; without an offset it is UTC. */
const TIME =
  /^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?)?)?$/;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/(?:\*|[a-z0-9][a-z0-9!#$&^_.+-]*)$/;

const bytesOf = (text: string) => Buffer.byteLength(text);

/** Text of a key: S3 keys are UTF-8, so half a surrogate pair is in none of them. */
const keyText = (least: 0 | 1) => {
  const wrong = {
    error: `must have ${least === 0 ? "at most" : "1 to"} ${MAX_KEY_BYTES} bytes`,
    abort: true,
  };
  return z.string("must be text").check(
    z.refine((text) => text.isWellFormed(), { error: "must be valid Unicode", abort: true }),
    // As many bytes are so many characters at most, which JSON Schema can say as well.
    ...(least === 0 ? [] : [z.minLength(least, wrong)]),
    z.maxLength(MAX_KEY_BYTES, wrong),
    z.refine((text) => bytesOf(text) <= MAX_KEY_BYTES, wrong),
  );
};

/** A whole number, or the text of one: command lines and URLs know nothing else. */
const whole = (least: number, most: number, description: string) =>
  z.pipe(
    z.transform((value: unknown) =>
      typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value,
    ),
    z
      .int({ error: `must be a whole number, ${least} to ${most}`, abort: true })
      .check(
        z.minimum(least, `must be ${least} to ${most}`),
        z.maximum(most, `must be ${least} to ${most}`),
        z.describe(description),
      ),
  );

const limit = (otherwise: number, description: string) =>
  z.prefault(whole(1, MAX_LIMIT, description), otherwise);

const time = (description: string) =>
  z.string("must be text").check(
    z.regex(TIME, {
      error: "must be a time of ISO 8601, as 2026-11-23 or 2026-11-23T06:24:02Z",
      abort: true,
    }),
    z.refine((text) => isoTime(text) !== undefined, {
      error: "is a time that no calendar or clock has",
      abort: true,
    }),
    z.overwrite((text) => isoTime(text) ?? text),
    z.describe(description),
  );

/** ISO-8601 UTC to the millisecond; undefined for what matches `TIME` and is none, such as the 30th of February. */
function isoTime(text: string): string | undefined {
  const [date = "", clock] = text.split("T");
  const day = new Date(date);
  // Some engines take the 31st of a month that has 30 days for the first of the next.
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date)) return undefined;
  const zoned = clock === undefined || /(?:Z|[+-]\d{2}:\d{2})$/.test(clock);
  const moment = new Date(zoned ? text : `${text}Z`);
  const year = moment.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? moment.toISOString() : undefined;
}

const since = z.optional(time("Only what was last modified at this time or later."));
const until = z.optional(time("Only what was last modified before this time."));
const prefix = z.prefault(keyText(0).check(z.describe("Only keys that begin with this text.")), "");

const startAfter = z.optional(
  keyText(1).check(z.describe("Only what comes after this key; the last one of the page before.")),
);
const startAfterTime = z.optional(
  time("With `startAfter`: when that one was last modified. Alone: only what is older."),
);

interface Window {
  since?: string | undefined;
  until?: string | undefined;
}

const windowIsOne = ({ since, until }: Window) =>
  since === undefined || until === undefined || since < until;
const WINDOW_IS_NONE = { error: "must be later than `since`", path: ["until"] };

/** `name=value` texts, one or several, become an object; what is no such text is for the schema to refuse. */
function readPairs(value: unknown): unknown {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  const read = texts.every((text) => typeof text === "string") ? pairsOf(texts) : value;
  // zod leaves this name out of every record, and a condition that is left out holds for all files.
  return typeof read === "object" && read && Object.hasOwn(read, "__proto__") ? null : read;
}

/** Undefined if a name is there twice: that can hold for no file, and so is a slip, not a question. */
function pairsOf(texts: readonly string[]): Record<string, string> | undefined {
  const pairs = texts.map((text): [string, string] => {
    const at = text.indexOf("=");
    return at < 0 ? ["", text] : [text.slice(0, at).toLowerCase(), text.slice(at + 1)];
  });
  const read = Object.fromEntries(pairs);
  return Object.keys(read).length === pairs.length ? read : undefined;
}

const metadata = z.optional(
  z.pipe(
    z.transform(readPairs),
    z
      .record(
        z
          .string()
          .check(
            z.toLowerCase(),
            z.minLength(1),
            z.maxLength(MAX_METADATA_BYTES),
            z.regex(/^[^=]*$/),
          ),
        z.string("must be text").check(z.maxLength(MAX_METADATA_BYTES, "is too long")),
        "must be name=value, each name once",
      )
      .check(
        z.refine(
          (pairs) => Object.keys(pairs).length <= MAX_METADATA,
          `must be at most ${MAX_METADATA}`,
        ),
        z.describe("Only files with this user metadata, as name=value; several must all hold."),
      ),
  ),
);

const state = z.optional(
  z
    .enum(["present", "unreadable", "deleted"], "must be present, unreadable or deleted")
    .check(z.describe("Only records of this state; without it, all but deleted ones.")),
);

/** The object key of one record. */
export const ObjectKey = keyText(1).check(
  z.describe("The object's key, exactly as it is in the bucket."),
);

/** `list`: a page of keys in the order and with the meaning of S3's `ListObjectsV2`. */
export const ListQuery = z.strictObject({
  prefix,
  delimiter: z.optional(
    keyText(0).check(
      z.describe("Keys that have it after the prefix are shown as one entry, as folders are."),
    ),
  ),
  startAfter,
  limit: limit(100, "Entries of a page, records and folders together."),
});
export type ListQuery = z.output<typeof ListQuery>;

/** `recent`: a page of records, the last modified first. */
export const RecentQuery = z
  .strictObject({
    since: z.optional(
      time("Only what was last modified at this time or later; without it, a year before `until`."),
    ),
    until,
    limit: limit(50, "Records of a page."),
    startAfter,
    startAfterTime,
  })
  .check(
    z.refine(windowIsOne, WINDOW_IS_NONE),
    z.refine((query) => query.startAfter === undefined || query.startAfterTime !== undefined, {
      error: "is missing: it belongs to `startAfter`",
      path: ["startAfterTime"],
    }),
  );
export type RecentQuery = z.output<typeof RecentQuery>;

/** `duplicates`: a page of records of the same content, in the order of their keys. */
export const DuplicatesQuery = z
  .strictObject({
    key: z.optional(ObjectKey),
    etag: z.optional(
      z.string("must be text").check(
        z.overwrite((text) => text.replaceAll('"', "")),
        z.minLength(1, "must not be empty"),
        z.maxLength(MAX_KEY_BYTES, { error: "is too long", abort: true }),
        z.refine((text) => bytesOf(text) <= MAX_KEY_BYTES, "is too long"),
        z.describe("The ETag of the content, with or without quotes."),
      ),
    ),
    startAfter,
    limit: limit(100, "Records of a page."),
  })
  .check(
    z.refine(({ key, etag }) => (key === undefined) !== (etag === undefined), {
      error: "must be given, or else `etag`, and not both",
      path: ["key"],
    }),
  );
export type DuplicatesQuery = z.output<typeof DuplicatesQuery>;

/** `find`: all records for which everything holds that is asked. */
export const FindQuery = z
  .strictObject({
    prefix,
    since,
    until,
    type: z.optional(
      z
        .string("must be text")
        .check(
          z.toLowerCase(),
          z.maxLength(255, "is too long"),
          z.regex(MEDIA_TYPE, "must be a media type, as image/png or image/*"),
          z.describe("Only this media type, as image/png, or all of one kind, as image/*."),
        ),
    ),
    minSize: z.optional(whole(0, Number.MAX_SAFE_INTEGER, "Bytes, at least.")),
    maxSize: z.optional(whole(0, Number.MAX_SAFE_INTEGER, "Bytes, at most.")),
    metadata,
    nameLike: z.optional(
      z.string("must be text").check(
        z.minLength(1, "must not be empty"),
        z.refine((text) => text.isWellFormed(), "must be valid Unicode"),
        z.refine(
          (text) => Array.from(text).length <= MAX_GLOB,
          `must have at most ${MAX_GLOB} characters`,
        ),
        z.meta({
          // JSON Schema counts characters as we do; zod counts surrogates.
          maxLength: MAX_GLOB,
          description:
            "Only names like this: * stands for any text, ? for one character. A pattern with a slash is held against the whole key, one without against what follows the key's last slash.",
        }),
      ),
    ),
    state,
    startAfter,
    startAfterTime,
  })
  .check(
    z.refine(windowIsOne, WINDOW_IS_NONE),
    z.refine(
      ({ minSize, maxSize }) =>
        minSize === undefined || maxSize === undefined || minSize <= maxSize,
      { error: "must not be less than `minSize`", path: ["maxSize"] },
    ),
    z.refine(
      ({ startAfterTime, since, state }) =>
        startAfterTime === undefined || (since !== undefined && state !== "deleted"),
      { error: "needs `since`, and no deleted files", path: ["startAfterTime"] },
    ),
  );
export type FindQuery = z.output<typeof FindQuery>;

/** `findPage`: some of what `find` finds. */
export const FindPageQuery = z.safeExtend(FindQuery, { limit: limit(100, "Records of a page.") });
export type FindPageQuery = z.output<typeof FindPageQuery>;

/** `stats`: how many files there are and how much they hold, by group. */
export const StatsQuery = z.strictObject({
  prefix,
  by: z
    .enum(["type", "day", "folder"], "must be type, day or folder")
    .check(
      z.describe(
        "type: the media type; day: when it was last modified, in UTC; folder: what follows the prefix up to the next slash.",
      ),
    ),
  limit: limit(100, "Groups to tell apart; what is left is summed up as others."),
});
export type StatsQuery = z.output<typeof StatsQuery>;

/** One thing that is wrong with what was asked. */
export interface QueryIssue {
  /** The parameter; empty where it is about all of them. */
  readonly parameter: string;
  /** Reads on from the parameter's name, as in "must be 1 to 1000". */
  readonly message: string;
}

/** What was asked cannot be answered: `issues` says everything that is wrong with it. */
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
 * Reads what came from outside, from a command line, a URL or a program, by one of the schemas of
 * queries: texts of numbers become numbers, times become ISO-8601 UTC, and what is left out gets its
 * default. Throws a `QueryError` that names every parameter that is wrong or not known.
 */
export function parseQuery<T>(schema: z.ZodMiniType<T>, asked: unknown): T {
  const parsed = schema.safeParse(asked);
  if (parsed.success) return parsed.data;
  throw new QueryError(
    parsed.error.issues.flatMap((issue): QueryIssue[] =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((parameter) => ({ parameter, message: "is no parameter of this query" }))
        : [{ parameter: issue.path.filter(String).map(String).join("."), message: issue.message }],
    ),
  );
}
