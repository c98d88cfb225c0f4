import os from "node:os";

import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Starts the soak first: it takes longest and mostly waits, so it runs in parallel to the other files. */
class SoakFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- a method of the sequencer, not of an array
    const sorted = await super.sort(files);
    const isSoak = ({ project }: TestSpecification) => project.name === "soak";
    return [...sorted.filter(isSoak), ...sorted.filter((file) => !isSoak(file))];
  }
}

/** For files that leave no state behind: they share a process, because loading the SDK takes longer than many tests. */
const SHARED = { isolate: false };

/** Files of `packages` that are run with the long tests: they kill and start stacks, or drive other programs. */
const LONG_OFFLINE = [
  "packages/offline/test/command/{secret,stop}.test.ts",
  "packages/offline/test/service/dynamodb/streams/soak.test.ts",
  "packages/s3/test/clients/*.test.ts",
];

export default defineConfig({
  test: {
    // Most tests wait for a stack in another process: one more worker than cores keeps the cores busy.
    maxWorkers: os.availableParallelism() + 1,
    sequence: { sequencer: SoakFirst },
    // The timeouts only end tests that hang: a loaded machine takes several times as long as an idle one.
    projects: [
      {
        test: {
          ...SHARED,
          name: "unit",
          include: [
            "packages/{core,functions,client,iam,step-functions}/test/**/*.test.ts",
            "e2e/repository/**/*.test.ts",
          ],
          testTimeout: 30_000,
        },
      },
      {
        // These start processes and terminals.
        test: {
          ...SHARED,
          name: "cli",
          include: ["packages/cli/test/**/*.test.ts"],
          testTimeout: 90_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...SHARED,
          name: "offline",
          include: ["packages/{offline,s3,sqs,sqlite}/test/**/*.test.ts"],
          exclude: LONG_OFFLINE,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...SHARED,
          name: "integration",
          include: ["e2e/integration/**/*.test.ts"],
          globalSetup: ["e2e/integration/stack.ts"],
          setupFiles: ["e2e/bind.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "model",
          include: ["e2e/model/**/*.test.ts"],
          globalSetup: ["e2e/model/setup.ts"],
          setupFiles: ["e2e/bind.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "soak",
          include: ["e2e/soak/difference.test.ts"],
          testTimeout: 600_000,
        },
      },
      {
        // Not part of `pnpm test`, but of `pnpm test:long`.
        test: {
          name: "permissions",
          include: ["e2e/permissions/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "infra",
          include: ["infra/test/**/*.test.ts"],
          globalSetup: ["infra/test/setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Not part of `pnpm test`: each takes half a minute or more.
        test: {
          name: "long",
          include: ["e2e/soak/soak.test.ts", "e2e/passes/**/*.test.ts", ...LONG_OFFLINE],
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Not part of `pnpm test`, but of `pnpm test:sst`: the real `sst` takes seconds for each command.
        test: {
          name: "sst",
          include: ["e2e/sst/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Not part of `pnpm test`: packing and installing takes as long as a third of all other tests.
        test: {
          name: "packed",
          include: ["e2e/packed/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
