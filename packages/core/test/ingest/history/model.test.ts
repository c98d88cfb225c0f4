import { expect, test } from "vitest";

import { Random } from "./random.ts";
import { Simulation } from "./simulation.ts";

/** Runs of the model; a hundred thousand take about a minute. */
const RUNS = Number(process.env["WAYBILL_MODEL_RUNS"] ?? 5000);
const FIRST_SEED = Number(process.env["WAYBILL_MODEL_SEED"] ?? 1);

/** For a machine under load: a run takes about half a millisecond on an idle one. */
const timeout = 60_000 + RUNS * 6;

test(
  "after the last event the record is what S3 says, for random histories of one key",
  { timeout },
  async () => {
    const wrong: string[] = [];
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS && wrong.length < 10; seed++) {
      const difference = await new Simulation(new Random(seed)).run();
      if (difference !== undefined) wrong.push(`seed ${seed}: ${difference}`);
    }
    expect(wrong).toEqual([]);
  },
);
