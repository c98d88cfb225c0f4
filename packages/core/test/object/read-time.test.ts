import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { isSkewed, readTime } from "../../src/object/read-time.ts";

const SECOND = Date.UTC(2026, 2, 1);

/** A request that S3 answers at a time, sent earlier by a clock that is wrong by some milliseconds. */
const requestAt = (answered: number, took: number, skew: number) => ({
  sent: answered - took + skew,
  received: answered + took + skew,
  date: Math.floor(answered / 1000) * 1000,
});

describe("the time of a read", () => {
  test("is that of sending, if it is within the second of S3's Date header", () => {
    expect(readTime(requestAt(SECOND + 500, 20, 0))).toEqual(new Date(SECOND + 480));
  });

  test("is within a second of the answer, for any clock and any delay", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: SECOND, max: SECOND + 5000 }),
        fc.nat(60_000),
        fc.integer({ min: -86_400_000, max: 86_400_000 }),
        (answered, took, skew) => {
          const time = readTime(requestAt(answered, took, skew)).getTime();
          expect(Math.abs(time - answered)).toBeLessThan(1000);
        },
      ),
    );
  });
});

describe("the clock", () => {
  test.each([0, 900, -900, 999])("is not reported if it is wrong by %i ms", (skew) => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (after, took) => {
        expect(isSkewed(requestAt(SECOND + after, took, skew))).toBe(false);
      }),
    );
  });

  test.each([3_600_000, -3_600_000, 5000, -5000])("is reported if it is wrong by %i ms", (skew) => {
    expect(isSkewed(requestAt(SECOND + 500, 100, skew))).toBe(true);
  });
});
