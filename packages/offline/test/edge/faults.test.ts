import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type FaultRule, Faults } from "../../src/edge/faults.ts";

const never = (): string => {
  throw new Error("nobody looks for a text");
};
const rule = (more: Partial<FaultRule> = {}): FaultRule => ({
  service: "s3",
  kind: "throttle",
  rate: 1,
  ...more,
});

/** What each of so many requests meets. */
const met = (faults: Faults, requests: number, operation = "GetObject", text = never) =>
  Array.from({ length: requests }, () => faults.forRequest("s3", operation, text));

describe("a request meets", () => {
  test("nothing unless a rule says so", () => {
    expect(met(new Faults(), 3)).toEqual([undefined, undefined, undefined]);
  });

  test("the fault of the first rule that fits its service and operation", () => {
    const faults = new Faults();
    faults.set([
      rule({ service: "sqs", kind: "deny" }),
      rule({ operation: "PutObject", kind: "error" }),
      rule({ kind: "reset" }),
    ]);

    expect(met(faults, 1, "PutObject")).toEqual(["error"]);
    expect(met(faults, 1, "GetObject")).toEqual(["reset"]);
  });

  test("a fault that is for a text only where the text is", () => {
    const faults = new Faults();
    faults.set([rule({ match: "photo" })]);

    expect(met(faults, 1, "GetObject", () => "/b/photo.jpg")).toEqual(["throttle"]);
    expect(met(faults, 1, "GetObject", () => "/b/text")).toEqual([undefined]);
  });

  test("a fault as often as its rule says, and then the next rule's", () => {
    const faults = new Faults();
    faults.set([rule({ times: 2, kind: "lost" }), rule({ kind: "deny", times: 1 })]);

    expect(met(faults, 4)).toEqual(["lost", "lost", "deny", undefined]);
    expect(faults.counts()).toEqual({ lost: 2, deny: 1 });
  });

  test("a fault at its rate, about", () => {
    const faults = new Faults();
    faults.set([rule({ rate: 0.25 })], undefined, 7);

    const hits = met(faults, 4000).filter((fault) => fault !== undefined).length;
    expect(hits).toBeGreaterThan(900);
    expect(hits).toBeLessThan(1100);
  });

  test("no fault at a rate of 0, and always at a rate of 1, whatever the seed", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const faults = new Faults();
        faults.set([rule({ rate: 0 }), rule({ operation: "PutObject" })], undefined, seed);

        expect(met(faults, 20)).toEqual(Array.from({ length: 20 }));
        expect(met(faults, 20, "PutObject").every((fault) => fault === "throttle")).toBe(true);
      }),
    );
  });

  test("the same with the same seed", () => {
    const run = (seed: number) => {
      const faults = new Faults();
      faults.set([rule({ rate: 0.5 })], undefined, seed);
      return met(faults, 50).map((fault) => fault !== undefined);
    };

    expect(run(3)).toEqual(run(3));
    expect(run(3)).not.toEqual(run(4));
  });
});

describe("a notification", () => {
  test("is sent once and at once unless told otherwise", () => {
    expect(new Faults().forNotification()).toEqual([0]);
  });

  test("is sent twice, and held back for as long as told, at most", () => {
    const faults = new Faults();
    faults.set([], { duplicate: 1, reorder: 1, delaySeconds: 3 });

    const delays = Array.from({ length: 200 }, () => faults.forNotification());
    expect(delays.every((copies) => copies.length === 2)).toBe(true);
    expect(new Set(delays.flat())).toEqual(new Set([1, 2, 3]));
    expect(faults.counts()).toEqual({ duplicated: 200, delayed: 400 });
  });
});
