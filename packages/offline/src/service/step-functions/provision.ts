import { type MachineSettings, StateError, StepFunctions } from "@waybill/step-functions";

import type { Role } from "../../edge/authority.ts";
import { OfflineError } from "../../ground/error.ts";
import { type Graph, resourcesOf } from "../../synth/graph.ts";
import { inputsOf, stateOf, z } from "../../synth/inputs.ts";
import { planRole } from "../lambda/plan.ts";
import { lambda } from "../lambda/provision.ts";
import type { Running, Service, Stage } from "../service.ts";
import { stepFunctionsFront } from "./front.ts";

/** A state machine and the role that it runs with. */
export interface MachinePlan {
  readonly settings: MachineSettings;
  readonly role: Role;
}

const MACHINE = "aws:sfn/stateMachine:StateMachine";
const LAMBDA_INVOKE = "arn:aws:states:::lambda:invoke";

const Inputs = z.object({
  definition: z.string(),
  roleArn: z.string(),
  type: z.enum(["STANDARD", "EXPRESS"]).default("STANDARD"),
});

/** Returns the standard state machines of a graph. Others are only declared. */
function planMachines(graph: Graph): MachinePlan[] {
  return resourcesOf(graph, MACHINE).flatMap((resource) => {
    const { definition, roleArn, type } = inputsOf(resource, Inputs);
    if (type === "EXPRESS") return [];
    const settings = {
      name: stateOf(resource, "name"),
      arn: stateOf(resource, "arn"),
      roleArn,
      definition,
    };
    return [{ settings, role: planRole(graph, roleArn) }];
  });
}

export interface RunningStepFunctions extends Running {
  readonly engine: StepFunctions;
}

/** State machines, whose tasks invoke the functions of the app. */
export const stepFunctions: Service<{ machines: MachinePlan[] }, RunningStepFunctions> = {
  types: { [MACHINE]: ["loggingConfiguration", "tracingConfiguration"] },
  plan: (graph) => ({ machines: planMachines(graph) }),
  runs: ({ id }, { machines }) => machines.some(({ settings }) => settings.arn === id),
  rolesOf: ({ machines }) => machines.map(({ role }) => role),
  open(stage, { machines }) {
    const tasks = new Tasks(stage);
    const engine = new StepFunctions({
      resources: [LAMBDA_INVOKE],
      invoke: ({ args, machine }, signal) => tasks.invokeFunction(args, machine, signal),
      startChild: (machine) => tasks.check(machine, "states:StartExecution", machine.arn),
      onDefect: (error) =>
        stage.options.onEvent({
          type: "problem",
          message: `a state machine failed: ${String(error)}`,
        }),
    });
    return {
      engine,
      front: stepFunctionsFront(engine),
      provision() {
        for (const { settings, role } of machines) define(engine, settings, role, stage);
      },
      stop: () => engine.close(),
    };
  },
};

/** Throws `OfflineError` (`provision.rejected`) for a machine that Step Functions would reject, or that is not supported. */
function define(
  engine: StepFunctions,
  settings: MachineSettings,
  role: Role,
  { authority }: Stage,
): void {
  if (!authority.mayAssume(role, "states.amazonaws.com")) {
    throw new OfflineError(
      "provision.rejected",
      `Step Functions cannot assume the role ${role.name}: its trust policy must allow sts:AssumeRole to states.amazonaws.com.`,
    );
  }
  try {
    engine.define(settings);
  } catch (cause) {
    throw new OfflineError(
      "provision.rejected",
      `the state machine ${settings.name} cannot be created: ${(cause as Error).message}`,
      { cause },
    );
  }
}

const InvokeArguments = z.object({
  FunctionName: z.string(),
  Payload: z.unknown().optional(),
});

/** Runs the tasks of state machines, with the roles of the machines. */
class Tasks {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** The optimized integration with Lambda (Step Functions Developer Guide, "Invoke an AWS Lambda function"). */
  async invokeFunction(
    args: unknown,
    machine: MachineSettings,
    signal: AbortSignal,
  ): Promise<unknown> {
    const parsed = InvokeArguments.safeParse(args);
    if (!parsed.success) throw new StateError("States.Runtime", z.prettifyError(parsed.error));
    const { FunctionName, Payload = {} } = parsed.data;
    const functions = this.#stage.running(lambda);
    const arn = functions.arnOf(FunctionName);
    if (arn === undefined) {
      const cause = `Function not found: ${FunctionName}`;
      throw new StateError("Lambda.ResourceNotFoundException", cause);
    }
    this.check(machine, "lambda:InvokeFunction", arn);
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
    const outcome = await Promise.race([functions.invoke(arn, JSON.stringify(Payload)), stopped]);
    if (!outcome.ok) throw new StateError(errorTypeOf(outcome.error), outcome.error);
    return { ExecutedVersion: "$LATEST", StatusCode: 200, Payload: JSON.parse(outcome.payload) };
  }

  /** Throws a `StateError` if the role of a machine does not have a permission. */
  check(machine: MachineSettings, action: string, resource: string): void {
    const { authority, graph } = this.#stage;
    const { accountId } = graph;
    const principal = {
      type: "role",
      arn: machine.roleArn,
      accountId,
      session: machine.name,
    } as const;
    const denial = authority.denialFor(principal, [{ action, resource, context: {} }]);
    if (denial !== undefined) throw new StateError("States.Permissions", denial);
  }
}

/** The error type is the class of the error of the function, which begins the stack trace. */
function errorTypeOf(error: string): string {
  if (error.startsWith("Task timed out")) return "Sandbox.Timedout";
  return /^(\w+)(?::|\n|$)/.exec(error)?.[1] ?? "Lambda.Unknown";
}
