import { expect, test } from "vitest";

import { Random } from "./random.ts";
import { type Scenario, Simulation } from "./simulation.ts";

/** Runs of the model; a hundred thousand take about a minute. With passes, a run takes twice as long. */
const RUNS = Number(process.env["WAYBILL_MODEL_RUNS"] ?? 3000);
const FIRST_SEED = Number(process.env["WAYBILL_MODEL_SEED"] ?? 1);

/** For a machine under load: a run takes about half a millisecond on an idle one. */
const timeout = 60_000 + RUNS * 6;

/** The first runs that end wrong. */
async function wrongRuns(scenario: Scenario): Promise<string[]> {
  const wrong: string[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS && wrong.length < 10; seed++) {
    const difference = await new Simulation(new Random(seed), {}, scenario).run();
    if (difference !== undefined) wrong.push(`seed ${seed}: ${difference}`);
  }
  return wrong;
}

test(
  "after the last event the record is what S3 says, for random histories of one key",
  { timeout },
  async () => {
    expect(await wrongRuns({})).toEqual([]);
  },
);

test(
  "after one more pass the record is what S3 says, with a tenth of the events lost and passes all the time",
  { timeout },
  async () => {
    expect(await wrongRuns({ passes: "one at the end" })).toEqual([]);
  },
);

test(
  "a pass that is slow does not undo what a later one found, if the key has a record",
  { timeout },
  async () => {
    expect(await wrongRuns({ passes: "overlapping" })).toEqual([]);
  },
);
