import { describe, expect, test } from "vitest";

import type { RecordWrite } from "../../../src/catalog/record-write.ts";
import { covers, FENCE_MS } from "../../../src/ingest/rule.ts";
import { Random } from "./random.ts";
import { iso } from "./s3-key.ts";
import { type Ablation, type Scenario, Simulation } from "./simulation.ts";

const RUNS = 50_000;

/** The first run that ends wrong without a part of the rule. */
async function firstWrong(
  ablation: Ablation,
  scenario: Scenario = {},
): Promise<string | undefined> {
  for (let seed = 1; seed <= RUNS; seed++) {
    const difference = await new Simulation(new Random(seed), ablation, scenario).run();
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Compares the times of two reads as if they were exact. */
const WITHOUT_FENCE: Ablation = {
  write: (write: RecordWrite) => {
    const { guard, readAt } = write;
    return guard.kind === "first" ? { ...write, guard: { ...guard, readBefore: readAt } } : write;
  },
  stored: (stored) => ({ ...stored, readAt: iso(Date.parse(stored.readAt ?? "") - FENCE_MS) }),
};

const WITHOUT_REV: Ablation = {
  condition: (expression) => expression.replace("#rev = :if_rev", "#rev = #rev"),
};

/** Takes an event for stale by the times alone. */
const WITHOUT_SEQUENCER: Ablation = {
  condition: (expression) => expression.replace("OR #sequencer < :if_sequencer", ""),
  stored: (stored, events) => {
    const greatest = { ...stored, sequencer: "F".repeat(stored.sequencer.length) };
    return covers(greatest, events) ? greatest : stored;
  },
};

describe("the record ends wrong in some history without", { timeout: 300_000 }, () => {
  test.each<[string, Ablation]>([
    ["the two seconds of the fence", WITHOUT_FENCE],
    ["the comparison of rev", WITHOUT_REV],
    ["the sequencer in the test for staleness", WITHOUT_SEQUENCER],
    ["the Date header of S3", { trustsClock: true }],
  ])("%s", async (_, ablation) => {
    expect(await firstWrong(ablation)).toEqual(expect.any(String));
  });

  test("the comparison of rev, while passes run", async () => {
    expect(await firstWrong(WITHOUT_REV, { passes: "overlapping" })).toEqual(expect.any(String));
  });
});
