import * as z from "zod";

import type { Execution, StepFunctions } from "./engine.ts";
import { StepFunctionsError } from "./error.ts";

const Arn = z.string().min(1).max(256);
const INPUTS = {
  StartExecution: z.object({
    stateMachineArn: Arn,
    input: z.string().optional(),
    name: z
      .string()
      .regex(/^[\w.-]{1,80}$/)
      .optional(),
  }),
  DescribeExecution: z.object({ executionArn: Arn }),
  StopExecution: z.object({
    executionArn: Arn,
    error: z.string().max(256).optional(),
    cause: z.string().max(32768).optional(),
  }),
  ListExecutions: z.object({
    stateMachineArn: Arn,
    statusFilter: z.enum(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]).optional(),
    maxResults: z.int().min(0).max(1000).optional(),
    nextToken: z.string().optional(),
  }),
  DescribeStateMachine: z.object({ stateMachineArn: Arn }),
} as const;

export type Operation = keyof typeof INPUTS;

/** The operations that the engine has. */
export const OPERATIONS = Object.keys(INPUTS) as Operation[];

const HANDLERS: {
  [O in Operation]: (engine: StepFunctions, input: z.output<(typeof INPUTS)[O]>) => object;
} = {
  StartExecution: (engine, { stateMachineArn, input, name }) => {
    const { arn, startDate } = engine.start(stateMachineArn, input, name);
    return { executionArn: arn, startDate: seconds(startDate) };
  },
  DescribeExecution: (engine, { executionArn }) => {
    const { input, output, error, cause, ...execution } = engine.execution(executionArn);
    return { ...summary(execution), input, output, error, cause };
  },
  StopExecution: (engine, { executionArn, error, cause }) => {
    const { stopDate = new Date() } = engine.stop(executionArn, error, cause);
    return { stopDate: seconds(stopDate) };
  },
  ListExecutions: (engine, { stateMachineArn, statusFilter, maxResults, nextToken }) => {
    const all = engine
      .executions(stateMachineArn)
      .filter(({ status }) => statusFilter === undefined || status === statusFilter);
    const start = nextToken === undefined ? 0 : all.findIndex(({ arn }) => arn === nextToken) + 1;
    const end = start + (maxResults || 100);
    return {
      executions: all.slice(start, end).map(summary),
      ...(end < all.length && { nextToken: all[end - 1]?.arn }),
    };
  },
  DescribeStateMachine: (engine, { stateMachineArn }) => {
    const { arn, name, definition, roleArn } = engine.machine(stateMachineArn);
    return { stateMachineArn: arn, name, definition, roleArn, type: "STANDARD", status: "ACTIVE" };
  },
};

const seconds = (date: Date): number => date.getTime() / 1000;

function summary(execution: Omit<Execution, "input">) {
  const { arn, name, machine, status, startDate, stopDate } = execution;
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status,
    startDate: seconds(startDate),
    stopDate: stopDate && seconds(stopDate),
  };
}

/** Performs an operation of the API. Throws a `StepFunctionsError`. */
export function handle(engine: StepFunctions, operation: string, input: unknown): object {
  if (!isOperation(operation)) {
    throw new StepFunctionsError(
      "UnknownOperationException",
      `${operation} is not supported, only ${OPERATIONS.join(", ")}.`,
    );
  }
  const parsed = INPUTS[operation].safeParse(input);
  if (!parsed.success) {
    throw new StepFunctionsError("ValidationException", z.prettifyError(parsed.error));
  }
  return (HANDLERS[operation] as (engine: StepFunctions, input: unknown) => object)(
    engine,
    parsed.data,
  );
}

const isOperation = (operation: string): operation is Operation => Object.hasOwn(INPUTS, operation);
