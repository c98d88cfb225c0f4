import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import * as fc from "fast-check";
import { Resource } from "sst";
import { expect, inject, test } from "vitest";

import { randomFrom } from "../random.ts";
import { control } from "../stack.ts";
import { Courier } from "./courier.ts";
import { expectBucketMatchesModel } from "./expect-bucket.ts";
import { expectCatalogMatchesBucket } from "./expect-catalog.ts";
import { expectIndexed } from "./expect-indexes.ts";
import { perform } from "./perform.ts";
import { openScene } from "./scene.ts";
import { histories, type History } from "./step.ts";

const RUNS = Number(process.env["MODEL_RUNS"] ?? 100);
const SEED = Number(process.env["MODEL_SEED"] ?? Date.now() % 2 ** 31);
const MAX_STEPS = 25;

/** Histories that once failed, or that random generation rarely produces. */
const EXAMPLES: [History][] = [
  [
    {
      start: "Unversioned",
      removalSequencer: "own",
      steps: [
        { do: "put", key: 0, text: 1, as: "plain" },
        { do: "deliver", share: 1, hurry: false },
        { do: "versioning", status: "Enabled" },
        { do: "transition", key: 0, archive: false },
      ],
      seed: 1,
    },
  ],
];

const stack = inject("modelStack");
const table = { dynamodb: new DynamoDBClient({}), name: Resource.Catalog.name };

test(
  `catalog and bucket agree after any history (MODEL_SEED=${SEED})`,
  async () => {
    await fc.assert(fc.asyncProperty(histories(MAX_STEPS), check), {
      numRuns: RUNS,
      seed: SEED,
      examples: EXAMPLES,
      interruptAfterTimeLimit: 100_000 + RUNS * 1000,
    });
  },
  200_000 + RUNS * 1000,
);

async function check({ start, removalSequencer, steps, seed }: History): Promise<void> {
  await control(stack, "s3-behavior", { removalSequencer });
  const scene = await openScene(start, stack);
  const courier = new Courier(scene, randomFrom(seed));
  for (const step of steps) {
    if (step.do === "deliver") await courier.deliver(step.share, step.hurry);
    else await perform(step, scene);
  }
  await expectBucketMatchesModel(scene);

  await courier.deliverAll();

  const records = await expectCatalogMatchesBucket(scene);
  await expectIndexed(records, scene, table);
  expect(records.length).toBe(scene.model.presentKeys().length);
}
