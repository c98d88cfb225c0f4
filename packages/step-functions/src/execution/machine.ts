import { parseArn } from "../arn.ts";
import type { Clock } from "../clock.ts";
import { parseDefinition } from "../definition/parse.ts";
import type { Definition, StateMachineType } from "../definition/types.ts";
import { StepFunctionsError } from "../error.ts";
import type { Expressions } from "../jsonata/expressions.ts";
import type { TaskPort } from "../task.ts";

/** A state machine, as the `definition` of SST's component has it. */
export interface StateMachine {
  readonly name: string;
  /** `arn:aws:states:<region>:<account>:stateMachine:<name>`. */
  readonly arn: string;
  /** The JSON text of the definition. */
  readonly definition: string;
  readonly roleArn: string;
  /** Default: "STANDARD". */
  readonly type?: StateMachineType;
}

export interface Machine extends Required<StateMachine> {
  readonly graph: Definition;
  readonly creationDate: number;
}

/** Throws `StepFunctionsError`: InvalidArn, or InvalidDefinition with the name of the machine. */
export function machineOf(
  { type = "STANDARD", ...machine }: StateMachine,
  { expressions, tasks, clock }: { expressions: Expressions; tasks: TaskPort; clock: Clock },
): Machine {
  parseArn(machine.arn, "stateMachine");
  const supports = (resource: string) => tasks.supports(resource);
  try {
    const graph = parseDefinition(machine.definition, { expressions, supports, type });
    return { ...machine, type, graph, creationDate: clock.now() };
  } catch (error) {
    if (!(error instanceof StepFunctionsError)) throw error;
    const message = `State machine ${machine.name}: ${error.message}`;
    throw new StepFunctionsError(error.code, message, { cause: error });
  }
}
