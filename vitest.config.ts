import os from "node:os";

import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The soak takes longest by far, and waits for most of it: it runs beside the others, not after them. */
class SoakFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's, not an array's
    const sorted = await super.sort(files);
    const isSoak = ({ project }: TestSpecification) => project.name === "soak";
    return [...sorted.filter(isSoak), ...sorted.filter((file) => !isSoak(file))];
  }
}

/** Files that leave nothing behind share a process: loading all of the SDK anew for each takes longer than many a test. */
const SHARED = { isolate: false };

export default defineConfig({
  test: {
    // Most tests wait for a stack in a process of its own: leave no core idle.
    maxWorkers: os.availableParallelism() + 1,
    sequence: { sequencer: SoakFirst },
    projects: [
      {
        test: {
          ...SHARED,
          name: "unit",
          include: [
            "packages/{core,functions,client,iam}/test/**/*.test.ts",
            "e2e/repository/**/*.test.ts",
          ],
          // A limit for hangs only: a loaded machine takes several times as long as an idle one.
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
          include: ["e2e/soak/**/*.test.ts"],
          testTimeout: 600_000,
        },
      },
      {
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
    ],
  },
});
