import { compareBytes } from "../../catalog/byte-order.ts";
import { MAX_KEY_BYTES } from "../../limits.ts";
import type { KeyRange } from "../range.ts";
import { midpoint } from "./midpoint.ts";

/** The first key of the bucket in a prefix after a key; undefined if there is none. */
export type FirstKey = (prefix: string, after: string) => Promise<string | undefined>;

/** Requests to the bucket for one split. */
const MAX_PROBES = 300;

/** A part of a range that has keys, and that is to be split further. */
interface Interval {
  /** Its last key can be this one; undefined is the end of the prefix. */
  readonly high: string | undefined;
  /** Its first key. */
  readonly first: string;
  readonly parts: number;
}

/**
 * Splits a range into `parts` ranges or fewer, which follow each other and cover it. The boundaries are
 * found by halving the space of keys between the first key and the end, and asking the bucket which
 * halves have keys: S3 cannot be asked how many. So the parts can be of very different sizes, and one
 * that is too long is split again when it is worked on.
 */
export async function splitRange(
  range: KeyRange,
  parts: number,
  firstKey: FirstKey,
): Promise<KeyRange[]> {
  const { prefix, after = "", until } = range;
  let probes = 0;
  const firstIn = async (start: string, high: string | undefined): Promise<string | undefined> => {
    probes += 1;
    const key = await firstKey(prefix, start);
    return key !== undefined && (high === undefined || compareBytes(key, high) <= 0)
      ? key
      : undefined;
  };
  const boundaries: string[] = [];
  const first = await firstIn(after, until);
  const open: Interval[] = first === undefined ? [] : [{ high: until, first, parts }];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (one.parts < 2 || probes >= MAX_PROBES) continue;
    const middle = middleOf(prefix, one);
    if (middle === undefined) continue;
    const next = await firstIn(middle, one.high);
    const isLowEmpty = compareBytes(one.first, middle) > 0;
    if (next === undefined) open.push({ ...one, high: middle });
    else if (isLowEmpty) open.push({ ...one, first: next });
    else {
      boundaries.push(middle);
      const lower = Math.floor(one.parts / 2);
      open.push({ ...one, first: next, parts: one.parts - lower });
      open.push({ ...one, high: middle, parts: lower });
    }
  }
  const ends = [...boundaries.toSorted(compareBytes), until];
  return ends.map((end, index) => ({
    prefix,
    after: index === 0 ? range.after : ends[index - 1],
    until: end,
  }));
}

/** A text between the first key of an interval and its end; undefined if there is none that can be a key. */
function middleOf(prefix: string, { first, high }: Interval): string | undefined {
  const rest = midpoint(first.slice(prefix.length), high?.slice(prefix.length));
  if (rest === undefined) return undefined;
  const middle = prefix + rest;
  const isBetween =
    compareBytes(first, middle) < 0 && (high === undefined || compareBytes(middle, high) < 0);
  return isBetween && Buffer.byteLength(middle) <= MAX_KEY_BYTES ? middle : undefined;
}
