import {
  DescribeExecutionCommand,
  type ExecutionStatus,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import * as z from "zod/mini";

import { call } from "../aws/call.ts";
import { sfn } from "../aws/sfn.ts";
import { reconcileMachine } from "../resource.ts";
import { totalOf } from "./ranges/range-item.ts";
import { findHead, readRanges } from "./ranges/store.ts";

/** What an execution of the state machine is to do. */
export interface StartOrder {
  readonly prefix?: string | undefined;
  readonly repair?: boolean | undefined;
  readonly concurrency?: number | undefined;
  /** A pass to continue, by its name. */
  readonly pass?: string | undefined;
}

/** A pass of the state machine. */
export interface RunningPass {
  /** Its name: that of the execution that started it. */
  readonly pass: string;
  readonly executionArn: string;
  readonly status: ExecutionStatus;
  readonly startedAt: string;
  /** Undefined while it runs. */
  readonly endedAt?: string | undefined;
  /** Why it failed. */
  readonly failure?: string | undefined;
  readonly prefix: string;
  readonly repair: boolean;
  /** Ranges that are compared to their end, and all ranges; more are added when one is split. */
  readonly ranges: { readonly done: number; readonly all: number };
  readonly total: ReturnType<typeof totalOf>;
}

/**
 * Starts the state machine and returns the name of the pass. Throws a `ServiceError`
 * (`reconcile.machine_failed`).
 */
export async function startExecution(order: StartOrder): Promise<string> {
  const name = crypto.randomUUID();
  const input = JSON.stringify(order);
  await callMachine(
    sfn.send(new StartExecutionCommand({ stateMachineArn: reconcileMachine(), name, input })),
  );
  return order.pass ?? name;
}

/** The latest pass, or the one of this name; undefined if there is none. Throws a `ServiceError`. */
export async function findPass(pass?: string): Promise<RunningPass | undefined> {
  for await (const executionArn of executions()) {
    const execution = await callMachine(sfn.send(new DescribeExecutionCommand({ executionArn })));
    const name = passOf(execution.input) ?? execution.name ?? "";
    if (pass !== undefined && !name.startsWith(pass)) continue;
    const [head, stored] = await Promise.all([findHead(name), readRanges(name)]);
    const ranges = stored.map(({ value }) => value);
    return {
      pass: name,
      executionArn,
      status: execution.status ?? "RUNNING",
      startedAt: (execution.startDate ?? new Date(0)).toISOString(),
      endedAt: execution.stopDate?.toISOString(),
      failure: execution.error && `${execution.error}: ${execution.cause ?? ""}`,
      prefix: head?.prefix ?? "",
      repair: head?.repair ?? true,
      ranges: { done: ranges.filter(({ state }) => state === "done").length, all: ranges.length },
      total: totalOf(ranges),
    };
  }
  return undefined;
}

/** Stops a pass; it can be continued. Throws a `ServiceError`. */
export async function stopPass({ executionArn }: RunningPass): Promise<void> {
  await callMachine(
    sfn.send(new StopExecutionCommand({ executionArn, error: "Stopped", cause: "By a person." })),
  );
}

/** The executions of the state machine, latest first. */
async function* executions(): AsyncGenerator<string> {
  let nextToken: string | undefined;
  do {
    const page = await callMachine(
      sfn.send(new ListExecutionsCommand({ stateMachineArn: reconcileMachine(), nextToken })),
    );
    for (const { executionArn } of page.executions ?? []) if (executionArn) yield executionArn;
    ({ nextToken } = page);
  } while (nextToken !== undefined);
}

const Input = z.object({ pass: z.optional(z.string()) });

function passOf(input: string | undefined): string | undefined {
  const parsed = Input.safeParse(JSON.parse(input ?? "{}"));
  return parsed.data?.pass;
}

const callMachine = <T>(request: Promise<T>): Promise<T> =>
  call(request, "reconcile.machine_failed", "The request to Step Functions failed.");
