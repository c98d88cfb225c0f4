import type { Clock } from "../clock.ts";
import type { Graph, StateMachineType } from "../definition/types.ts";
import type { Expressions } from "../jsonata/expressions.ts";
import type { Json } from "../json.ts";
import type { TaskPort } from "../task.ts";

/** Receives the events of an execution. */
export interface Recorder {
  /**
   * Records an event and returns its id. `details` has the member of the event's type, such as
   * `stateEnteredEventDetails`. An execution that has ended records nothing.
   */
  record(type: string, previousEventId: number, details?: Record<string, unknown>): number;
}

export interface MapRunRequest {
  readonly stateName: string;
  readonly graph: Graph;
  readonly type: StateMachineType;
  readonly items: number;
  readonly maxConcurrency: number;
}

/** A run of a distributed Map state. */
export interface MapRunHandle {
  readonly arn: string;
  /** Runs a child execution. Rejects with `StateFailure` if it does not succeed. */
  runChild(input: Json, signal: AbortSignal): Promise<Json>;
  end(status: "SUCCEEDED" | "FAILED" | "ABORTED"): void;
}

/** What the states of one execution share. */
export interface Run {
  readonly clock: Clock;
  readonly random: () => number;
  readonly expressions: Expressions;
  readonly tasks: TaskPort;
  readonly history: Recorder;
  readonly region: string;
  readonly roleArn: string;
  /** The members `Execution` and `StateMachine` of the context object. */
  readonly context: { readonly [name: string]: Json };
  readonly startMapRun: (request: MapRunRequest) => MapRunHandle;
}

/** A sequence of states: a whole execution, a branch of a Parallel state or an iteration. */
export interface Branch {
  /** The id of the event before the next one. */
  previous: number;
  readonly variables: Scope;
  /** Aborted when the branch must end. */
  readonly signal: AbortSignal;
  /** The item of the inline Map state around the branch. */
  readonly item?: { readonly Index: number; readonly Value: Json };
}

export type RunGraph = (run: Run, graph: Graph, branch: Branch, input: Json) => Promise<Json>;

/** The variables of a branch, and of the branches around it. */
export class Scope {
  readonly #own = new Map<string, Json>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  assign(variables: Readonly<Record<string, Json>>): void {
    for (const [name, value] of Object.entries(variables)) this.#own.set(name, value);
  }

  visible(): Record<string, Json> {
    return { ...this.#outer?.visible(), ...Object.fromEntries(this.#own) };
  }
}
