import {
  type StateMachine,
  StepFunctions,
  TaskError,
  type TaskPort,
} from "@waybill/step-functions";

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
  readonly settings: StateMachine;
  readonly role: Role;
}

const MACHINE = "aws:sfn/stateMachine:StateMachine";
const LAMBDA_INVOKE = "arn:aws:states:::lambda:invoke";

const Inputs = z.object({
  definition: z.string(),
  roleArn: z.string(),
  type: z.enum(["STANDARD", "EXPRESS"]).default("STANDARD"),
});

/** Returns the state machines of a graph. */
function planMachines(graph: Graph): MachinePlan[] {
  return resourcesOf(graph, MACHINE).map((resource) => {
    const inputs = inputsOf(resource, Inputs);
    const settings = {
      name: stateOf(resource, "name"),
      arn: stateOf(resource, "arn"),
      ...inputs,
    };
    return { settings, role: planRole(graph, inputs.roleArn) };
  });
}

export interface RunningStepFunctions extends Running {
  readonly engine: StepFunctions;
}

/** State machines, whose tasks invoke the functions of the app. */
export const stepFunctions: Service<{ machines: MachinePlan[] }, RunningStepFunctions> = {
  types: { [MACHINE]: ["loggingConfiguration", "tracingConfiguration"] },
  plan: (graph) => ({ machines: planMachines(graph) }),
  rolesOf: ({ machines }) => machines.map(({ role }) => role),
  open(stage, { machines }) {
    const engine = new StepFunctions({ tasks: new Tasks(stage) });
    return {
      engine,
      front: stepFunctionsFront(engine),
      provision() {
        for (const { settings, role } of machines) define(engine, settings, role, stage);
      },
      stop: async () => engine.close(),
    };
  },
};

/** Throws `OfflineError` (`provision.rejected`) for a machine that Step Functions would reject, or that is not supported. */
function define(
  engine: StepFunctions,
  settings: StateMachine,
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

/** Runs the tasks of state machines, with their roles. */
class Tasks implements TaskPort {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  supports(resource: string): boolean {
    return resource === LAMBDA_INVOKE;
  }

  /** The optimized integration with Lambda (Step Functions Developer Guide, "Invoke an AWS Lambda function"). */
  async invoke(
    _resource: string,
    args: unknown,
    { roleArn }: { readonly roleArn: string },
  ): Promise<unknown> {
    const parsed = InvokeArguments.safeParse(args);
    if (!parsed.success) throw new TaskError("States.Runtime", z.prettifyError(parsed.error));
    const { FunctionName, Payload = {} } = parsed.data;
    const functions = this.#stage.running(lambda);
    const arn = functions.arnOf(FunctionName);
    if (arn === undefined) {
      const cause = `Function not found: ${FunctionName}`;
      throw new TaskError("Lambda.ResourceNotFoundException", cause);
    }
    this.#check(roleArn, "lambda:InvokeFunction", arn);
    const outcome = await functions.invoke(arn, JSON.stringify(Payload));
    if (!outcome.ok) throw new TaskError(errorTypeOf(outcome.error), outcome.error);
    return { ExecutedVersion: "$LATEST", StatusCode: 200, Payload: JSON.parse(outcome.payload) };
  }

  startMapRun(stateMachineArn: string, roleArn: string): void {
    this.#check(roleArn, "states:StartExecution", stateMachineArn);
  }

  /** Throws a `TaskError` if a role does not have a permission. */
  #check(arn: string, action: string, resource: string): void {
    const { authority, graph } = this.#stage;
    const { accountId } = graph;
    const principal = { type: "role", arn, accountId, session: "states" } as const;
    const denial = authority.denialFor(principal, [{ action, resource, context: {} }]);
    if (denial !== undefined) throw new TaskError("States.Permissions", denial);
  }
}

/** The error type is the class of the error of the function, which begins the stack trace. */
function errorTypeOf(error: string): string {
  if (error.startsWith("Task timed out")) return "Sandbox.Timedout";
  return /^(\w+)(?::|\n|$)/.exec(error)?.[1] ?? "Lambda.Unknown";
}
