import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { InputError } from "../../src/error.ts";
import { normalizeSequencer, SEQUENCER_WIDTH } from "../../src/notification/sequencer.ts";

const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(..."0123456789abcdefABCDEF".split("")),
    minLength: length,
    maxLength: length,
  });

describe("a normalized sequencer", () => {
  test("compares like its digits if lengths are equal, ignoring case", () => {
    const pair = fc
      .integer({ min: 1, max: SEQUENCER_WIDTH })
      .chain((n) => fc.tuple(hex(n), hex(n)));
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const expected = Math.sign(Number(BigInt(`0x${a}`) - BigInt(`0x${b}`)));
        const [x, y] = [normalizeSequencer(a), normalizeSequencer(b)];
        expect(x < y ? -1 : Number(x > y)).toBe(expected);
      }),
    );
  });

  test("ignores trailing zeros", () => {
    expect(normalizeSequencer("0055AED6DC")).toBe(normalizeSequencer("0055AED6DC00"));
  });

  test("compares with another length as if the shorter one were padded with zeros on the right", () => {
    expect(normalizeSequencer("0055AED6DC9") > normalizeSequencer("0055AED6DC8F")).toBe(true);
    expect(normalizeSequencer("0055AED6DC") < normalizeSequencer("0055AED6DC01")).toBe(true);
  });

  test("has a fixed width", () => {
    expect(normalizeSequencer("0055aed6dcd90281e5")).toBe(`0055AED6DCD90281E5${"0".repeat(46)}`);
  });

  test.each(["", "00G1", " 00", "-1", "0x12", "é", "0".repeat(SEQUENCER_WIDTH + 1)])(
    "rejects %j",
    (sequencer) => {
      expect(() => normalizeSequencer(sequencer)).toThrow(InputError);
    },
  );
});
