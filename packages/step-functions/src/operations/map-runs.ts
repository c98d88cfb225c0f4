import { parseArn } from "../arn.ts";
import { resourceNotFound } from "../error.ts";
import type { MapRun } from "../execution/map-run.ts";
import { requiredText } from "../input.ts";
import { pageOf } from "../page.ts";
import { executionIn, type Operation, seconds, stopped } from "./operation.ts";

const MAX_ARN_LENGTH = 2000;

const summary = (mapRun: MapRun) => ({
  executionArn: mapRun.parent.arn,
  mapRunArn: mapRun.arn,
  startDate: seconds(mapRun.startDate),
  ...stopped(mapRun),
});

export const listMapRuns: Operation = (engine, input) => {
  const { mapRuns } = executionIn(engine, input);
  const numbered = mapRuns.map((mapRun, index) => ({ mapRun, index })).toReversed();
  const { page, ...rest } = pageOf(input, numbered, ({ index }) => -index);
  return {
    mapRuns: page.map(({ mapRun }) => ({
      ...summary(mapRun),
      stateMachineArn: mapRun.program.machine.arn,
    })),
    ...rest,
  };
};

export const describeMapRun: Operation = ({ executions }, input) => {
  const arn = requiredText(input, "mapRunArn", MAX_ARN_LENGTH);
  parseArn(arn, "mapRun");
  const mapRun = executions.findMapRun(arn);
  if (mapRun === undefined) throw resourceNotFound(arn);
  // Without a batcher, each item has an execution of its own, so both counts are the same.
  const counts = { ...mapRun.counts, total: mapRun.request.items, resultsWritten: 0 };
  return {
    ...summary(mapRun),
    status: mapRun.status,
    maxConcurrency: mapRun.request.maxConcurrency,
    toleratedFailureCount: 0,
    toleratedFailurePercentage: 0,
    itemCounts: counts,
    executionCounts: counts,
    redriveCount: 0,
  };
};
