import { parseArn } from "../arn.ts";
import { executionDoesNotExist, stateMachineDoesNotExist, typeNotSupported } from "../error.ts";
import type { Environment, Execution } from "../execution/execution.ts";
import type { Executions } from "../execution/executions.ts";
import type { Machine } from "../execution/machine.ts";
import { type Input, requiredText } from "../input.ts";

/** The parts that the operations share. */
export interface Engine {
  readonly environment: Environment;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly executions: Executions;
  /** Starts an execution of a state machine. */
  start(machine: Machine, arn: string, name: string, input: string): Execution;
}

export type Output = Record<string, unknown>;
export type Operation = (engine: Engine, input: Input) => Output;

/** Returns seconds since 1970, as the JSON protocol has timestamps. */
export const seconds = (milliseconds: number) => milliseconds / 1000;

/** Returns `stopDate` in seconds if there is one. */
export const stopped = ({ stopDate }: { stopDate: number | undefined }) =>
  stopDate === undefined ? {} : { stopDate: seconds(stopDate) };

/** Throws `StepFunctionsError`: InvalidArn, StateMachineDoesNotExist. */
export function machineIn({ machines }: Engine, input: Input): Machine {
  const arn = requiredText(input, "stateMachineArn");
  parseArn(arn, "stateMachine");
  const machine = machines.get(arn);
  if (machine === undefined) throw stateMachineDoesNotExist(arn);
  return machine;
}

/**
 * Throws `StepFunctionsError`: InvalidArn, also for an execution of an express state machine,
 * ExecutionDoesNotExist.
 */
export function executionIn({ executions }: Engine, input: Input): Execution {
  const arn = requiredText(input, "executionArn");
  parseArn(arn, "execution");
  const execution = executions.find(arn);
  if (execution === undefined) throw executionDoesNotExist(arn);
  return execution;
}

/** Throws `StepFunctionsError` StateMachineTypeNotSupported for an express state machine. */
export function onlyStandard({ type }: Machine): void {
  if (type === "EXPRESS") throw typeNotSupported();
}
