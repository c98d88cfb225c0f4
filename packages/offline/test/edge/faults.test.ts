import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { type FaultRule, Faults } from "../../src/edge/faults.ts";

const noText = (): string => {
  throw new Error("no rule has a match");
};
const rule = (more: Partial<FaultRule> = {}): FaultRule => ({
  service: "s3",
  kind: "throttle",
  rate: 1,
  ...more,
});

/** Returns the faults of a number of requests. */
const faultsOf = (faults: Faults, requests: number, operation = "GetObject", text = noText) =>
  Array.from({ length: requests }, () => faults.forRequest("s3", operation, text));

describe("a request has", () => {
  test("no fault without a rule", () => {
    expect(faultsOf(new Faults(), 3)).toEqual([undefined, undefined, undefined]);
  });

  test("the fault of the first rule with its service and operation", () => {
    const faults = new Faults();
    faults.set([
      rule({ service: "sqs", kind: "deny" }),
      rule({ operation: "PutObject", kind: "error" }),
      rule({ kind: "reset" }),
    ]);

    expect(faultsOf(faults, 1, "PutObject")).toEqual(["error"]);
    expect(faultsOf(faults, 1, "GetObject")).toEqual(["reset"]);
  });

  test("the fault of a rule with a match only if it contains the text", () => {
    const faults = new Faults();
    faults.set([rule({ match: "photo" })]);

    expect(faultsOf(faults, 1, "GetObject", () => "/b/photo.jpg")).toEqual(["throttle"]);
    expect(faultsOf(faults, 1, "GetObject", () => "/b/text")).toEqual([undefined]);
  });

  test("the fault of a rule as often as `times` says, then that of the next rule", () => {
    const faults = new Faults();
    faults.set([rule({ times: 2, kind: "lost" }), rule({ kind: "deny", times: 1 })]);

    expect(faultsOf(faults, 4)).toEqual(["lost", "lost", "deny", undefined]);
    expect(faults.counts()).toEqual({ lost: 2, deny: 1 });
  });

  test("a fault at about the rate of its rule", () => {
    const faults = new Faults();
    faults.set([rule({ rate: 0.25 })], undefined, 7);

    const hits = faultsOf(faults, 4000).filter((fault) => fault !== undefined).length;
    expect(hits).toBeGreaterThan(900);
    expect(hits).toBeLessThan(1100);
  });

  test("never a fault at rate 0 and always a fault at rate 1, with any seed", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const faults = new Faults();
        faults.set([rule({ rate: 0 }), rule({ operation: "PutObject" })], undefined, seed);

        expect(faultsOf(faults, 20)).toEqual(Array.from({ length: 20 }));
        expect(faultsOf(faults, 20, "PutObject").every((fault) => fault === "throttle")).toBe(true);
      }),
    );
  });

  test("the same faults with the same seed", () => {
    const run = (seed: number) => {
      const faults = new Faults();
      faults.set([rule({ rate: 0.5 })], undefined, seed);
      return faultsOf(faults, 50).map((fault) => fault !== undefined);
    };

    expect(run(3)).toEqual(run(3));
    expect(run(3)).not.toEqual(run(4));
  });
});

describe("a notification", () => {
  test("is sent once, without delay, by default", () => {
    expect(new Faults().forNotification()).toEqual([0]);
  });

  test("is sent twice, with a delay of at most `delaySeconds`", () => {
    const faults = new Faults();
    faults.set([], { duplicate: 1, reorder: 1, delaySeconds: 3 });

    const delays = Array.from({ length: 200 }, () => faults.forNotification());
    expect(delays.every((copies) => copies.length === 2)).toBe(true);
    expect(new Set(delays.flat())).toEqual(new Set([1, 2, 3]));
    expect(faults.counts()).toEqual({ duplicated: 200, delayed: 400 });
  });
});
