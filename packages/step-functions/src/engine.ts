import { setTimeout as wait } from "node:timers/promises";

import { type Machine, parseDefinition } from "./definition.ts";
import { StateError, StepFunctionsError } from "./error.ts";
import { Interpreter, Scope, type World } from "./interpreter.ts";

/** A state machine and what runs it. */
export interface MachineSettings {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** Only `STANDARD`: an express workflow has no executions that can be described. */
  readonly type?: "STANDARD";
  /** JSON in the States Language. */
  readonly definition: string;
}

export interface EngineOptions {
  /** The task resources that `invoke` can run. */
  readonly resources: readonly string[];
  /** Runs a task of a machine. Rejects with a `StateError`. */
  readonly invoke: (
    task: { readonly resource: string; readonly args: unknown; readonly machine: MachineSettings },
    signal: AbortSignal,
  ) => Promise<unknown>;
  /** Called before a distributed map starts its children. Throws a `StateError` if it may not. */
  readonly startChild?: (machine: MachineSettings) => void;
  /** The clock of the executions; by default that of the process. */
  readonly clock?: Pick<World, "now" | "wait" | "random">;
  /** Called with an error that is a defect of the engine. */
  readonly onDefect?: (error: unknown) => void;
}

export type Status = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** One execution of a state machine. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machine: MachineSettings;
  /** JSON. */
  readonly input: string;
  readonly startDate: Date;
  status: Status;
  stopDate?: Date;
  /** JSON. */
  output?: string;
  error?: string | undefined;
  cause?: string | undefined;
}

/** Executions that have ended and are kept, of each machine. */
const MAX_ENDED = 1000;

const REAL: Pick<World, "now" | "wait" | "random"> = {
  now: () => new Date(),
  wait: async (milliseconds, signal) => {
    await wait(milliseconds, undefined, { signal });
  },
  random: Math.random,
};

interface Defined {
  readonly settings: MachineSettings;
  readonly definition: Machine;
  /** By name. */
  readonly executions: Map<string, Execution>;
}

/** The state machines of an account and their executions, in memory. */
export class StepFunctions {
  readonly #options: EngineOptions;
  readonly #machines = new Map<string, Defined>();
  readonly #running = new Map<string, { controller: AbortController; done: Promise<void> }>();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Creates or replaces a state machine. Throws a `StepFunctionsError` (`InvalidDefinition`). */
  define(settings: MachineSettings): void {
    const definition = parseDefinition(settings.definition, this.#options.resources);
    const executions = this.#machines.get(settings.arn)?.executions ?? new Map();
    this.#machines.set(settings.arn, { settings, definition, executions });
  }

  /** A state machine. Throws a `StepFunctionsError` (`StateMachineDoesNotExist`). */
  machine(arn: string): MachineSettings {
    return this.#defined(arn).settings;
  }

  /**
   * Starts an execution. The same name and input as those of a running one return that. Throws a
   * `StepFunctionsError`: `StateMachineDoesNotExist`, `ExecutionAlreadyExists`, `InvalidExecutionInput`.
   */
  start(machineArn: string, input = "{}", name: string = crypto.randomUUID()): Execution {
    const { settings, definition, executions } = this.#defined(machineArn);
    const value = parseInput(input);
    const existing = executions.get(name);
    if (existing) {
      if (existing.status === "RUNNING" && existing.input === input) return existing;
      throw new StepFunctionsError("ExecutionAlreadyExists", `Execution Already Exists: '${name}'`);
    }
    const arn = `${machineArn.replace(":stateMachine:", ":execution:")}:${name}`;
    const { now } = this.#clock;
    const execution: Execution = {
      arn,
      name,
      machine: settings,
      input,
      startDate: now(),
      status: "RUNNING",
    };
    executions.set(name, execution);
    const controller = new AbortController();
    const done = this.#run(execution, definition, value, controller.signal).finally(() =>
      this.#running.delete(arn),
    );
    this.#running.set(arn, { controller, done });
    dropOldest(executions);
    return execution;
  }

  /** An execution. Throws a `StepFunctionsError` (`ExecutionDoesNotExist`). */
  execution(arn: string): Execution {
    for (const { executions } of this.#machines.values()) {
      for (const execution of executions.values()) if (execution.arn === arn) return execution;
    }
    throw new StepFunctionsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
  }

  /** The executions of a machine, latest first. Throws a `StepFunctionsError` (`StateMachineDoesNotExist`). */
  executions(machineArn: string): Execution[] {
    return [...this.#defined(machineArn).executions.values()].toReversed();
  }

  /** Ends a running execution; a task that runs is told, and is not waited for. Throws as `execution` does. */
  stop(arn: string, error?: string, cause?: string): Execution {
    const execution = this.execution(arn);
    if (execution.status === "RUNNING") {
      this.#end(execution, { status: "ABORTED", error, cause });
      this.#running.get(arn)?.controller.abort(new Error("The execution was stopped."));
    }
    return execution;
  }

  /** Resolves when an execution has ended. */
  async settled(arn: string): Promise<void> {
    await this.#running.get(arn)?.done;
  }

  /** Stops all executions, and resolves when their tasks have ended. */
  async close(): Promise<void> {
    const running = [...this.#running.entries()];
    for (const [arn] of running) this.stop(arn, "Offline.Closed", "The stack has ended.");
    await Promise.all(running.map(([, { done }]) => done));
  }

  get #clock(): Pick<World, "now" | "wait" | "random"> {
    return this.#options.clock ?? REAL;
  }

  #defined(arn: string): Defined {
    const defined = this.#machines.get(arn);
    if (defined) return defined;
    throw new StepFunctionsError(
      "StateMachineDoesNotExist",
      `State Machine Does Not Exist: '${arn}'`,
    );
  }

  async #run(
    execution: Execution,
    definition: Machine,
    input: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const { machine, arn, name, startDate } = execution;
    const context = {
      Execution: {
        Id: arn,
        Input: input,
        Name: name,
        RoleArn: machine.roleArn,
        StartTime: startDate.toISOString(),
      },
      StateMachine: { Id: machine.arn, Name: machine.name },
    };
    const { invoke } = this.#options;
    const world: World = {
      ...this.#clock,
      invoke: (resource, args, abort) => invoke({ resource, args, machine }, abort),
      startChild: () => this.#options.startChild?.(machine),
    };
    try {
      const output = await new Interpreter(world, context, signal).run(
        definition,
        input,
        new Scope(),
      );
      this.#end(execution, { status: "SUCCEEDED", output: JSON.stringify(output) });
    } catch (error) {
      if (execution.status !== "RUNNING") return;
      if (error instanceof StateError) {
        this.#end(execution, { status: "FAILED", error: error.error, cause: error.message });
        return;
      }
      this.#end(execution, { status: "FAILED", error: "States.Runtime", cause: String(error) });
      this.#options.onDefect?.(error);
    }
  }

  #end(execution: Execution, end: Partial<Execution>): void {
    if (execution.status !== "RUNNING") return;
    Object.assign(execution, end, { stopDate: this.#clock.now() });
  }
}

function parseInput(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch (error) {
    throw new StepFunctionsError(
      "InvalidExecutionInput",
      `Invalid State Machine Execution Input: ${(error as Error).message}`,
    );
  }
}

function dropOldest(executions: Map<string, Execution>): void {
  for (const [name, { status }] of executions) {
    if (executions.size <= MAX_ENDED) return;
    if (status !== "RUNNING") executions.delete(name);
  }
}
