import { describe, expect, test } from "vitest";

import type { Report } from "../../src/ingest/batch.ts";
import type { Outcome } from "../../src/ingest/outcome.ts";
import { count, newTally } from "../../src/ingest/tally.ts";
import { at, event } from "./events.ts";

function tallied(...outcomes: Outcome[]) {
  const tally = newTally();
  for (const outcome of outcomes) {
    const report: Report = { messageId: "m", event: event("created", 100), outcome };
    count(tally, report, Date.parse(at(100)) + 250);
  }
  return { ...tally, counts: Object.fromEntries(tally.counts) };
}

describe("the metrics of a batch", () => {
  test("count each outcome", () => {
    expect(
      tallied(
        { outcome: "indexed" },
        { outcome: "indexed" },
        { outcome: "removed" },
        { outcome: "refreshed" },
        { outcome: "unreadable", reason: "gone" },
        { outcome: "stale", reason: "not_newer" },
        { outcome: "failed", error: "x" },
      ).counts,
    ).toEqual({ indexed: 2, removed: 1, refreshed: 1, unreadable: 1, stale: 1, failed: 1 });
  });

  test("have the lag from event to write for each written record and no other event", () => {
    expect(tallied({ outcome: "indexed" }, { outcome: "removed" }).lags).toEqual([250, 250]);
    expect(
      tallied({ outcome: "stale", reason: "x" }, { outcome: "failed", error: "x" }).lags,
    ).toEqual([]);
  });

  test("have no lag for an expiration, whose time is the midnight at which it was due", () => {
    const tally = newTally();
    const report: Report = {
      messageId: "m",
      event: event("expired", 1),
      outcome: { outcome: "removed" },
    };
    count(tally, report, Date.parse(at(9 * 3_600_000)));
    expect(tally).toEqual({ counts: new Map([["removed", 1]]), lags: [], clockSkews: 0 });
  });

  test("count the objects for which the clock was wrong", () => {
    const { clockSkews } = tallied(
      { outcome: "indexed", clockSkew: true },
      { outcome: "stale", reason: "x", clockSkew: true },
      { outcome: "removed", clockSkew: false },
      { outcome: "failed", error: "x" },
    );
    expect(clockSkews).toBe(2);
  });

  test("exclude ignored and test events", () => {
    expect(tallied({ outcome: "ignored" }, { outcome: "test" })).toEqual({
      counts: {},
      lags: [],
      clockSkews: 0,
    });
  });

  test("have a lag of 0 if S3's clock is ahead", () => {
    const tally = newTally();
    const report: Report = {
      messageId: "m",
      event: event("created", 9),
      outcome: { outcome: "indexed" },
    };
    count(tally, report, Date.parse(at(1)));
    expect(tally.lags).toEqual([0]);
  });
});
