import { parseArn } from "../arn.ts";
import { resourceNotFound } from "../error.ts";
import type { Execution, ExecutionStatus } from "../execution/execution.ts";
import { exactlyOne, optionalChoice, optionalText, requiredText } from "../input.ts";
import { StateFailure } from "../interpreter/failure.ts";
import { pageOf } from "../page.ts";
import {
  executionIn,
  machineIn,
  onlyStandard,
  type Operation,
  seconds,
  stopped,
} from "./operation.ts";

const STATUSES: readonly (ExecutionStatus | "PENDING_REDRIVE")[] = [
  "SUCCEEDED",
  "TIMED_OUT",
  "PENDING_REDRIVE",
  "ABORTED",
  "FAILED",
  "RUNNING",
];

const MAX_ERROR_LENGTH = 256;
const MAX_CAUSE_LENGTH = 32_768;

const summary = (execution: Execution) => ({
  executionArn: execution.arn,
  stateMachineArn: execution.program.machine.arn,
  name: execution.name,
  status: execution.status,
  startDate: seconds(execution.startDate),
  ...stopped(execution),
  ...(execution.mapRunArn === undefined ? {} : { mapRunArn: execution.mapRunArn }),
});

export const describeExecution: Operation = (engine, input) => {
  const execution = executionIn(engine, input);
  const { output, failure, status } = execution;
  return {
    ...summary(execution),
    input: execution.input,
    inputDetails: { included: true },
    ...(output === undefined ? {} : { output, outputDetails: { included: true } }),
    ...failure?.details,
    redriveCount: 0,
    redriveStatus: "NOT_REDRIVABLE",
    redriveStatusReason: `Execution is ${status} and cannot be redriven`,
  };
};

/** Stops a running execution. A closed one stays as it is. */
export const stopExecution: Operation = (engine, input) => {
  const execution = executionIn(engine, input);
  const error = optionalText(input, "error", MAX_ERROR_LENGTH);
  const cause = optionalText(input, "cause", MAX_CAUSE_LENGTH);
  execution.stop(new StateFailure(error, cause));
  return stopped(execution);
};

/** Lists the executions of a standard state machine, or the children of a map run. */
export const listExecutions: Operation = (engine, input) => {
  exactlyOne(input, "stateMachineArn", "mapRunArn");
  const statusFilter = optionalChoice(input, "statusFilter", STATUSES);
  let belongs: (execution: Execution) => boolean;
  if (input["mapRunArn"] === undefined) {
    const machine = machineIn(engine, input);
    onlyStandard(machine);
    belongs = ({ program }) => program.machine.arn === machine.arn;
  } else {
    const arn = requiredText(input, "mapRunArn", 2000);
    parseArn(arn, "mapRun");
    if (engine.executions.findMapRun(arn) === undefined) throw resourceNotFound(arn);
    belongs = ({ mapRunArn }) => mapRunArn === arn;
  }
  const listed = engine.executions.list(
    (execution) =>
      belongs(execution) && (statusFilter === undefined || execution.status === statusFilter),
  );
  const { page, ...rest } = pageOf(input, listed, ({ cursor }) => -cursor);
  const executions = page.map(({ execution }) => ({ ...summary(execution), redriveCount: 0 }));
  return { executions, ...rest };
};
