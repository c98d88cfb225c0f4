import type { StateMachineType } from "../src/definition/types.ts";
import { type EndedExecution, StepFunctions } from "../src/step-functions.ts";
import type { TaskContext } from "../src/task.ts";
import { settled, TestClock } from "./test-clock.ts";

export const REGION_ARN = "arn:aws:states:us-east-1:000000000000";
export const ROLE = "arn:aws:iam::000000000000:role/machine";
export const MACHINE = `${REGION_ARN}:stateMachine:machine`;
export const INVOKE = "arn:aws:states:::lambda:invoke";

export type States = Record<string, object>;
export type Invoke = (args: unknown, context: TaskContext, resource: string) => unknown;

export interface Event {
  id: number;
  previousEventId: number;
  type: string;
  timestamp: number;
  [details: string]: unknown;
}

export interface Options {
  invoke?: Invoke;
  type?: StateMachineType;
  timeout?: number;
  random?: () => number;
}

/** A definition of states that are all JSONata, and begin with the first. */
export const definitionOf = (states: States, timeout?: number) => ({
  QueryLanguage: "JSONata",
  StartAt: Object.keys(states)[0],
  States: states,
  ...(timeout === undefined ? {} : { TimeoutSeconds: timeout }),
});

export interface Started {
  engine: StepFunctions;
  clock: TestClock;
  ended: EndedExecution[];
  call: (operation: string, input: object) => Promise<Record<string, unknown>>;
  /** Starts an execution and returns its ARN. */
  start: (input?: unknown, name?: string) => Promise<string>;
  describe: (arn: string) => Promise<Record<string, unknown>>;
  history: (arn: string) => Promise<Event[]>;
}

/** Starts an engine with one state machine. Without `invoke`, tasks return their arguments. */
export function engineOf(states: States, options: Options = {}): Started {
  const { invoke = (args) => args, type = "STANDARD", timeout, random = () => 0.5 } = options;
  const clock = new TestClock();
  const ended: EndedExecution[] = [];
  let uuids = 0;
  const engine = new StepFunctions({
    clock,
    random,
    uuid: () => `uuid-${(uuids += 1)}`,
    onExecutionEnd: (execution) => ended.push(execution),
    tasks: {
      supports: (resource) => resource === INVOKE,
      invoke: async (resource, args, context) => invoke(args, context, resource),
    },
    stateMachines: [
      {
        name: "machine",
        arn: MACHINE,
        definition: JSON.stringify(definitionOf(states, timeout)),
        roleArn: ROLE,
        type,
      },
    ],
  });
  const call = (operation: string, input: object) =>
    engine.handle({ operation, input: { ...input } });
  return {
    engine,
    clock,
    ended,
    call,
    async start(input = {}, name?: string) {
      const request = { stateMachineArn: MACHINE, input: JSON.stringify(input) };
      const output = await call(
        "StartExecution",
        name === undefined ? request : { ...request, name },
      );
      return String(output["executionArn"]);
    },
    describe: (executionArn) => call("DescribeExecution", { executionArn }),
    async history(executionArn) {
      const { events } = await call("GetExecutionHistory", { executionArn, maxResults: 1000 });
      return events as Event[];
    },
  };
}

/** Runs an execution whose states do not wait. */
export async function run(states: States, input: unknown = {}, options: Options = {}) {
  const started = engineOf(states, options);
  await started.start(input);
  await settled();
  return resultOf(started.ended[0]);
}

/** Returns the status, and the output as a value or the error and cause. */
export function resultOf(execution: EndedExecution | undefined) {
  if (execution === undefined) throw new Error("The execution has not ended.");
  const { status, output, error, cause } = execution;
  return {
    status,
    ...(output === undefined ? {} : { output: JSON.parse(output) as unknown }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
}

export const pass = (fields: object = {}) => ({ Type: "Pass", End: true, ...fields });
export const task = (fields: object = {}) => ({
  Type: "Task",
  Resource: INVOKE,
  End: true,
  ...fields,
});
export const typesOf = (events: readonly Event[]) => events.map(({ type }) => type);
