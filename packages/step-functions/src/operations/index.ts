import { unknownOperation } from "../error.ts";
import { describeExecution, listExecutions, stopExecution } from "./executions.ts";
import { getExecutionHistory } from "./history.ts";
import { describeStateMachine } from "./machines.ts";
import { describeMapRun, listMapRuns } from "./map-runs.ts";
import type { Operation } from "./operation.ts";
import { startExecution } from "./start.ts";

/** The operations by their names in the API. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ["StartExecution", startExecution],
  ["DescribeExecution", describeExecution],
  ["StopExecution", stopExecution],
  ["ListExecutions", listExecutions],
  ["GetExecutionHistory", getExecutionHistory],
  ["DescribeStateMachine", describeStateMachine],
  ["ListMapRuns", listMapRuns],
  ["DescribeMapRun", describeMapRun],
]);

/** Throws `StepFunctionsError` UnknownOperationException. */
export function operationOf(name: string): Operation {
  const operation = OPERATIONS.get(name);
  if (operation === undefined) throw unknownOperation(name);
  return operation;
}
