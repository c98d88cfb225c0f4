import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { InputError } from "../../src/error.ts";
import { normaliseSequencer, SEQUENCER_WIDTH } from "../../src/notification/sequencer.ts";

const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(..."0123456789abcdefABCDEF".split("")),
    minLength: length,
    maxLength: length,
  });

describe("a normalised sequencer", () => {
  test("compares as its digits do when lengths are equal, whatever their case", () => {
    const pair = fc
      .integer({ min: 1, max: SEQUENCER_WIDTH })
      .chain((n) => fc.tuple(hex(n), hex(n)));
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const expected = Math.sign(Number(BigInt(`0x${a}`) - BigInt(`0x${b}`)));
        const [x, y] = [normaliseSequencer(a), normaliseSequencer(b)];
        expect(x < y ? -1 : Number(x > y)).toBe(expected);
      }),
    );
  });

  test("is the same however many zeros follow", () => {
    expect(normaliseSequencer("0055AED6DC")).toBe(normaliseSequencer("0055AED6DC00"));
  });

  test("compares with one of another length as if zeros followed the shorter", () => {
    expect(normaliseSequencer("0055AED6DC9") > normaliseSequencer("0055AED6DC8F")).toBe(true);
    expect(normaliseSequencer("0055AED6DC") < normaliseSequencer("0055AED6DC01")).toBe(true);
  });

  test("has one width", () => {
    expect(normaliseSequencer("0055aed6dcd90281e5")).toBe(`0055AED6DCD90281E5${"0".repeat(46)}`);
  });

  test.each(["", "00G1", " 00", "-1", "0x12", "é", "0".repeat(SEQUENCER_WIDTH + 1)])(
    "refuses %j",
    (sequencer) => {
      expect(() => normaliseSequencer(sequencer)).toThrow(InputError);
    },
  );
});
