import * as z from "zod/mini";

import {
  DEFAULT_PAGE,
  MAX_KEY_BYTES,
  MAX_METADATA_BYTES,
  MAX_PAGE,
  MAX_PAIRS,
  MAX_PATTERN,
  MAX_TAG_NAME,
  MAX_TAG_VALUE,
  MAX_WHO,
} from "../limits.ts";
import { isIdentity, kindOfIdentity } from "./content.ts";
import { withStoredNames } from "./stored-names.ts";

/** Year, month, day, or minute and finer; without an offset it is UTC. */
const TIME =
  /^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?)?)?$/;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/(?:\*|[a-z0-9][a-z0-9!#$&^_.+-]*)$/;

/** Text of a key. S3 keys are UTF-8, so a key never contains an unpaired surrogate. */
export const keyText = (least: 0 | 1) => {
  const wrong = {
    error: `must have ${least === 0 ? "at most" : "1 to"} ${MAX_KEY_BYTES} bytes`,
    abort: true,
  };
  return z.string("must be text").check(
    z.refine((text) => text.isWellFormed(), { error: "must be valid Unicode", abort: true }),
    // A number of bytes implies the same limit on characters, which JSON Schema can express.
    ...(least === 0 ? [] : [z.minLength(least, wrong)]),
    z.maxLength(MAX_KEY_BYTES, wrong),
    z.refine((text) => Buffer.byteLength(text) <= MAX_KEY_BYTES, wrong),
  );
};

/** A whole number, or its text: command lines and URLs have only text. */
const wholeNumber = (least: number, most: number, description: string) =>
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

export const bytes = (description: string) =>
  z.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER, description));

export const pageLimit = (description: string, otherwise = DEFAULT_PAGE) =>
  z.prefault(wholeNumber(1, MAX_PAGE, description), otherwise);

export const time = (description: string) =>
  z.string("must be text").check(
    z.regex(TIME, {
      error: "must be an ISO 8601 time such as 2026-11-23 or 2026-11-23T06:24:02Z",
      abort: true,
    }),
    z.refine((text) => isoTime(text) !== undefined, {
      error: "is not a valid date or time",
      abort: true,
    }),
    z.overwrite((text) => isoTime(text) ?? text),
    z.describe(description),
  );

/** ISO-8601 UTC to the millisecond; undefined for text that matches `TIME` but is invalid, such as February 30. */
function isoTime(text: string): string | undefined {
  const [date = "", clock] = text.split("T");
  const day = new Date(date);
  // Some engines read day 31 of a month with 30 days as the first day of the next month.
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date)) return undefined;
  const zoned = clock === undefined || /(?:Z|[+-]\d{2}:\d{2})$/.test(clock);
  const moment = new Date(zoned ? text : `${text}Z`);
  const year = moment.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? moment.toISOString() : undefined;
}

interface Window {
  since?: string | undefined;
  until?: string | undefined;
}

/** Checks that a time window is not empty. */
export const windowCheck = z.refine<Window>(
  ({ since, until }) => since === undefined || until === undefined || since < until,
  { error: "must be later than `since`", path: ["until"] },
);

export const Prefix = z.prefault(
  keyText(0).check(z.describe("Only keys that begin with this text.")),
  "",
);

export const StartAfter = z.optional(
  keyText(1).check(z.describe("Only entries after this key: the last one of the previous page.")),
);

export const StartAfterTime = z.optional(
  time("With `startAfter`: when that file arrived. Alone: only files that arrived earlier."),
);

/** The object key of one record. */
export const ObjectKey = keyText(1).check(
  z.describe("The object's key, exactly as it is in the bucket."),
);

/** An identity of a content, without the quotes that an ETag can have. */
const identityText = (isValid: (text: string) => boolean, wrong: string, description: string) =>
  z.optional(
    z.string("must be text").check(
      z.overwrite((text) => text.replaceAll('"', "")),
      z.minLength(1, "must not be empty"),
      z.maxLength(MAX_KEY_BYTES, { error: "is too long", abort: true }),
      z.refine((text) => Buffer.byteLength(text) <= MAX_KEY_BYTES, {
        error: "is too long",
        abort: true,
      }),
      z.refine(isValid, wrong),
      z.describe(description),
    ),
  );

export const ContentIdentity = identityText(
  isIdentity,
  "must be crc64nvme:<checksum in base64>:<bytes>, or an ETag",
  "The identity of the content, as a response shows it: crc64nvme:<checksum in base64>:<bytes>, or an ETag.",
);

export const ETag = identityText(
  (text) => kindOfIdentity(text) === "etag",
  "must be an ETag; give a checksum as `content`",
  "The ETag of the content, with or without quotes. It does not find files that have a CRC64NVME checksum.",
);

export const Who = z.optional(
  z.string("must be text").check(
    z.refine((text) => text.isWellFormed(), "must be valid Unicode"),
    z.minLength(1, "must not be empty"),
    z.maxLength(MAX_WHO, `must have at most ${MAX_WHO} characters`),
    z.describe(
      "Only records whose latest event has exactly this principal, session or user id, source IP address or request id.",
    ),
  ),
);

export const MediaType = z.optional(
  z
    .string("must be text")
    .check(
      z.toLowerCase(),
      z.maxLength(255, "is too long"),
      z.regex(MEDIA_TYPE, "must be a media type such as image/png or image/*"),
      z.describe("Only this media type, such as image/png, or a group of them, such as image/*."),
    ),
);

/** What `name=value` pairs are about. */
interface PairKind {
  readonly description: string;
  /** Whether S3 takes names in any case for the same. */
  readonly ignoresCase: boolean;
  /** Characters. */
  readonly longestName: number;
  readonly longestValue: number;
}

/** Converts one or several `name=value` texts to an object with stored names; the schema rejects any other value. */
function readPairs(value: unknown, { ignoresCase }: PairKind): unknown {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  const read = texts.every((text) => typeof text === "string")
    ? pairsOf(texts, ignoresCase)
    : value;
  if (typeof read !== "object" || read === null || Array.isArray(read)) return read;
  // zod drops a name that is not safe, and a condition that is dropped would match all files.
  return withStoredNames(read as Record<string, unknown>);
}

/** Undefined if a name occurs twice: no file can match both values. */
function pairsOf(
  texts: readonly string[],
  ignoresCase: boolean,
): Record<string, string> | undefined {
  const pairs = texts.map((text): [string, string] => {
    const at = text.indexOf("=");
    if (at < 0) return ["", text];
    const name = text.slice(0, at);
    return [ignoresCase ? name.toLowerCase() : name, text.slice(at + 1)];
  });
  const read = Object.fromEntries(pairs);
  return Object.keys(read).length === pairs.length ? read : undefined;
}

const pairs = (kind: PairKind) =>
  z.optional(
    z.pipe(
      z.transform((value) => readPairs(value, kind)),
      z
        .record(
          z
            .string()
            .check(
              ...(kind.ignoresCase ? [z.toLowerCase()] : []),
              z.minLength(1),
              z.maxLength(kind.longestName),
              z.regex(/^[^=]*$/),
            ),
          z.string("must be text").check(z.maxLength(kind.longestValue, "is too long")),
          "must be name=value, each name once",
        )
        .check(
          z.refine((read) => Object.keys(read).length <= MAX_PAIRS, `must be at most ${MAX_PAIRS}`),
          z.describe(kind.description),
        ),
    ),
  );

export const Metadata = pairs({
  description: "Only files with this user metadata, as name=value; all pairs must match.",
  ignoresCase: true,
  longestName: MAX_METADATA_BYTES,
  longestValue: MAX_METADATA_BYTES,
});

export const ObjectTags = pairs({
  description:
    "Only files with this tag, as name=value; all pairs must match. Records have tags only in stages with `tags: true`.",
  ignoresCase: false,
  longestName: MAX_TAG_NAME,
  longestValue: MAX_TAG_VALUE,
});

export const NamePattern = z.optional(
  z.string("must be text").check(
    z.minLength(1, "must not be empty"),
    z.refine((text) => text.isWellFormed(), "must be valid Unicode"),
    z.refine(
      (text) => Array.from(text).length <= MAX_PATTERN,
      `must have at most ${MAX_PATTERN} characters`,
    ),
    z.meta({
      // JSON Schema counts code points, as above; zod's maxLength counts UTF-16 code units.
      maxLength: MAX_PATTERN,
      description:
        "Only names that match this pattern: * matches any text, ? one character. A pattern with a slash applies to the whole key, one without to the part after the key's last slash.",
    }),
  ),
);

export const State = z.optional(
  z
    .enum(["present", "unreadable", "deleted"], "must be present, unreadable or deleted")
    .check(z.describe("Only records in this state; without it, all except deleted ones.")),
);
