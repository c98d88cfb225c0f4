import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { InputError } from "../../src/error.ts";
import {
  fromStoredSequencer,
  NO_SEQUENCER,
  normalizeSequencer,
  SEQUENCER_WIDTH,
} from "../../src/notification/sequencer.ts";

const hex = fc.string({
  unit: fc.constantFrom(..."0123456789abcdefABCDEF".split("")),
  minLength: 1,
  maxLength: SEQUENCER_WIDTH,
});

describe("a normalized sequencer", () => {
  test("compares as a number, for any lengths and ignoring case", () => {
    fc.assert(
      fc.property(hex, hex, (a, b) => {
        const difference = BigInt(`0x${a}`) - BigInt(`0x${b}`);
        const expected = difference === 0n ? 0 : difference < 0n ? -1 : 1;
        const [x, y] = [normalizeSequencer(a), normalizeSequencer(b)];
        expect(x < y ? -1 : Number(x > y)).toBe(expected);
      }),
    );
  });

  test("is the same for the form of S3 and that of EventBridge", () => {
    expect(normalizeSequencer("0055AED6DCD90281E5")).toBe(normalizeSequencer("55aed6dcd90281e5"));
  });

  test("has a fixed width", () => {
    expect(normalizeSequencer("0055aed6dcd90281e5")).toBe(`${"0".repeat(16)}55AED6DCD90281E5`);
    expect(normalizeSequencer("0".repeat(99))).toBe(NO_SEQUENCER);
  });

  test.each(["", "00G1", " 00", "-1", "0x12", "é", "1".repeat(SEQUENCER_WIDTH + 1)])(
    "rejects %j",
    (sequencer) => {
      expect(() => normalizeSequencer(sequencer)).toThrow(InputError);
    },
  );
});

describe("a stored sequencer", () => {
  test.each(["0055AED6DCD90281E5", "55AED6DCD90281E5", "0055AED6DCD9028000", "0"])(
    "of the first release, which padded %s on the right, is normalized",
    (sequencer) => {
      expect(fromStoredSequencer(sequencer.padEnd(64, "0"))).toBe(normalizeSequencer(sequencer));
    },
  );

  test("of this version stays as it is", () => {
    const sequencer = normalizeSequencer("0055AED6DCD90281E5");
    expect(fromStoredSequencer(sequencer)).toBe(sequencer);
  });
});
