import type { Clock } from "../clock.ts";
import type { Graph, StateMachineType } from "../definition/types.ts";
import { failureOf, RUNTIME, StateFailure, TIMEOUT } from "../interpreter/failure.ts";
import { runGraph } from "../interpreter/graph.ts";
import { type Branch, type MapRunHandle, type MapRunRequest, Scope } from "../interpreter/run.ts";
import { iso, withTruncation } from "../interpreter/step.ts";
import type { Expressions } from "../jsonata/expressions.ts";
import type { Json } from "../json.ts";
import { EXPRESS_TIMEOUT_SECONDS, MAX_HISTORY_EVENTS } from "../limits.ts";
import type { TaskPort } from "../task.ts";
import { History } from "./history.ts";
import type { MapRun } from "./map-run.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** What the executions of an engine share. */
export interface Environment {
  readonly clock: Clock;
  readonly random: () => number;
  readonly uuid: () => string;
  readonly expressions: Expressions;
  readonly tasks: TaskPort;
}

/** What an execution runs. */
export interface Program {
  readonly graph: Graph;
  readonly type: StateMachineType;
  readonly timeoutSeconds?: number;
  /** The state machine of a child has a name such as `<machine>/<label>`. */
  readonly machine: { readonly arn: string; readonly name: string };
  readonly roleArn: string;
  readonly region: string;
}

export interface ExecutionOptions {
  readonly arn: string;
  readonly name: string;
  /** The input as JSON text, as the caller sent it. */
  readonly input: string;
  readonly program: Program;
  readonly environment: Environment;
  readonly startMapRun: (execution: Execution, request: MapRunRequest) => MapRunHandle;
  readonly onEnd: (execution: Execution) => void;
  /** The ARN of the map run of a child. */
  readonly mapRunArn?: string;
}

/** The reason of the signal of an execution that ended before its states did. */
class ExecutionEnded extends Error {
  override readonly name = "ExecutionEnded";
}

/** One execution of a state machine, or of the states of a distributed Map state. */
export class Execution {
  readonly arn: string;
  readonly name: string;
  readonly input: string;
  readonly program: Program;
  readonly mapRunArn: string | undefined;
  readonly startDate: number;
  readonly history: History;
  readonly mapRuns: MapRun[] = [];
  status: ExecutionStatus = "RUNNING";
  stopDate: number | undefined;
  output: string | undefined;
  failure: StateFailure | undefined;
  readonly #options: ExecutionOptions;
  readonly #controller = new AbortController();
  #cancelTimeout: () => void = () => {};

  constructor(options: ExecutionOptions) {
    const { environment, program } = options;
    this.#options = options;
    this.arn = options.arn;
    this.name = options.name;
    this.input = options.input;
    this.program = program;
    this.mapRunArn = options.mapRunArn;
    this.startDate = environment.clock.now();
    const kept = program.type === "STANDARD";
    this.history = new History(
      () => environment.clock.now(),
      kept,
      () => {
        const cause = `The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).`;
        this.#end("FAILED", new StateFailure(RUNTIME, cause), this.history.lastId);
      },
    );
  }

  /** Runs the states. Resolves when the execution has ended. Call it once. */
  async run(): Promise<void> {
    const { input, program } = this;
    this.history.record("ExecutionStarted", 0, {
      executionStartedEventDetails: {
        input,
        inputDetails: { truncated: false },
        roleArn: program.roleArn,
      },
    });
    this.#startTimeout();
    // AWS gives the first event of a state the previous id 0, not the id of ExecutionStarted.
    const { signal } = this.#controller;
    const branch: Branch = { previous: 0, variables: new Scope(), signal };
    try {
      const value = JSON.parse(input) as Json;
      const output = await runGraph(this.#run(value), program.graph, branch, value);
      this.#succeed(output, branch.previous);
    } catch (error) {
      if (!signal.aborted) this.#end("FAILED", failureOf(error), branch.previous);
    }
  }

  /** Stops a running execution. Tasks are aborted, and their events are not recorded. */
  stop(failure: StateFailure): void {
    this.#end("ABORTED", failure, 0);
  }

  /** Ends the timers and tasks of the execution, which stays as it is. */
  abandon(): void {
    this.#cancelTimeout();
    this.#controller.abort(new ExecutionEnded("The engine was closed."));
  }

  #end(status: "FAILED" | "TIMED_OUT" | "ABORTED", failure: StateFailure, previous: number): void {
    if (this.status !== "RUNNING") return;
    this.status = status;
    // A timeout is in the history only: `error` and `cause` of the execution are absent.
    if (status !== "TIMED_OUT") this.failure = failure;
    const name = { FAILED: "Failed", TIMED_OUT: "TimedOut", ABORTED: "Aborted" }[status];
    const details = { [`execution${name}EventDetails`]: failure.details };
    this.#close(`Execution${name}`, previous, details);
    this.#controller.abort(new ExecutionEnded(`The execution has the status ${status}.`));
  }

  #succeed(output: Json, previous: number): void {
    if (this.status !== "RUNNING") return;
    this.status = "SUCCEEDED";
    this.output = JSON.stringify(output);
    const details = { executionSucceededEventDetails: withTruncation("output", output) };
    this.#close("ExecutionSucceeded", previous, details);
  }

  #close(type: string, previous: number, details: Record<string, unknown>): void {
    this.#cancelTimeout();
    this.stopDate = this.#options.environment.clock.now();
    this.history.close(type, previous, details);
    this.#options.onEnd(this);
  }

  #startTimeout(): void {
    const { timeoutSeconds = Infinity, type } = this.program;
    const limit = type === "EXPRESS" ? EXPRESS_TIMEOUT_SECONDS : Infinity;
    const seconds = Math.min(timeoutSeconds, limit);
    if (seconds === Infinity) return;
    const { clock } = this.#options.environment;
    this.#cancelTimeout = clock.schedule(this.startDate + seconds * 1000, () =>
      this.#end("TIMED_OUT", new StateFailure(TIMEOUT, undefined), 0),
    );
  }

  #run(input: Json) {
    const { environment, startMapRun } = this.#options;
    const { machine, roleArn, region } = this.program;
    return {
      ...environment,
      history: this.history,
      region,
      roleArn,
      context: {
        Execution: {
          Id: this.arn,
          Input: input,
          Name: this.name,
          RoleArn: roleArn,
          StartTime: iso(this.startDate),
          RedriveCount: 0,
        },
        StateMachine: { Id: machine.arn, Name: machine.name },
      },
      startMapRun: (request: MapRunRequest) => startMapRun(this, request),
    };
  }
}
