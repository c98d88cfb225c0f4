import { randomUUID } from "node:crypto";

import { parseArn } from "./arn.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Environment, Execution, type ExecutionStatus } from "./execution/execution.ts";
import { Executions } from "./execution/executions.ts";
import { type Machine, machineOf, type StateMachine } from "./execution/machine.ts";
import { MapRun } from "./execution/map-run.ts";
import type { MapRunRequest } from "./interpreter/run.ts";
import { Expressions } from "./jsonata/expressions.ts";
import { operationOf } from "./operations/index.ts";
import type { Engine } from "./operations/operation.ts";
import type { TaskPort } from "./task.ts";

/** An execution that has ended. Children of distributed Map states are not among them. */
export interface EndedExecution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly status: Exclude<ExecutionStatus, "RUNNING">;
  /** The output as JSON text. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface StepFunctionsOptions {
  readonly tasks: TaskPort;
  /** Default: none. */
  readonly stateMachines?: readonly StateMachine[];
  /** Called when an execution has ended. It must not throw. */
  readonly onExecutionEnd?: (execution: EndedExecution) => void;
  /** Replaces the system clock and its timers. */
  readonly clock?: Clock;
  /** Replaces `Math.random` in `$random` and in the jitter of retries. */
  readonly random?: () => number;
  /** Replaces `crypto.randomUUID` in `$uuid` and in names. */
  readonly uuid?: () => string;
}

export interface StepFunctionsRequest {
  /** Such as `StartExecution`. */
  readonly operation: string;
  /** The input as in the JSON protocol; not validated. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** State machines and their executions, in memory. */
export class StepFunctions {
  readonly #environment: Environment;
  readonly #machines = new Map<string, Machine>();
  readonly #executions = new Executions();
  readonly #engine: Engine;
  readonly #onExecutionEnd: (execution: EndedExecution) => void;

  /** Throws `StepFunctionsError` as `define` does. */
  constructor({
    tasks,
    stateMachines = [],
    onExecutionEnd = () => {},
    clock = systemClock,
    random = Math.random,
    uuid = randomUUID,
  }: StepFunctionsOptions) {
    const expressions = new Expressions({ now: () => clock.now(), random, uuid });
    this.#environment = { tasks, clock, random, uuid, expressions };
    this.#onExecutionEnd = onExecutionEnd;
    this.#engine = {
      environment: this.#environment,
      machines: this.#machines,
      executions: this.#executions,
      start: (...args) => this.#start(...args),
    };
    for (const stateMachine of stateMachines) this.define(stateMachine);
  }

  /**
   * Adds a state machine, or replaces the one with the same ARN. Running executions continue with
   * the definition that they started with.
   *
   * Throws `StepFunctionsError`: InvalidArn, or InvalidDefinition with the path of the first field
   * that is not valid or not supported.
   */
  define(stateMachine: StateMachine): void {
    this.#machines.set(stateMachine.arn, machineOf(stateMachine, this.#environment));
  }

  /**
   * Returns the output of an operation as in the JSON protocol. Rejects with `StepFunctionsError` as
   * Step Functions does.
   */
  async handle({ operation, input }: StepFunctionsRequest): Promise<Record<string, unknown>> {
    return operationOf(operation)(this.#engine, input);
  }

  /** Ends all timers and aborts the tasks of running executions, which then do not continue. */
  close(): void {
    for (const execution of this.#executions.running()) execution.abandon();
  }

  #start(machine: Machine, arn: string, name: string, input: string): Execution {
    const { graph, type, roleArn } = machine;
    const { region } = parseArn(machine.arn, "stateMachine");
    const { TimeoutSeconds: timeoutSeconds } = graph;
    const execution = new Execution({
      arn,
      name,
      input,
      program: {
        graph,
        type,
        roleArn,
        region,
        machine,
        ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      },
      environment: this.#environment,
      startMapRun: this.#startMapRun,
      onEnd: (ended) => this.#ended(ended),
    });
    this.#executions.add(execution);
    void execution.run();
    return execution;
  }

  readonly #startMapRun = (parent: Execution, request: MapRunRequest): MapRun => {
    const mapRun = new MapRun(parent, request, {
      environment: this.#environment,
      startMapRun: this.#startMapRun,
      onChild: (child) => this.#executions.add(child),
    });
    parent.mapRuns.push(mapRun);
    this.#executions.addMapRun(mapRun);
    return mapRun;
  };

  #ended(execution: Execution): void {
    this.#executions.closed(execution);
    const { arn, name, status, output, failure, program } = execution;
    if (status === "RUNNING") return;
    this.#onExecutionEnd({
      arn,
      name,
      stateMachineArn: program.machine.arn,
      status,
      ...(output === undefined ? {} : { output }),
      ...failure?.details,
    });
  }
}
