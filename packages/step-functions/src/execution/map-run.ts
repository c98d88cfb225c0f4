import { StateFailure, TIMEOUT } from "../interpreter/failure.ts";
import type { MapRunHandle, MapRunRequest } from "../interpreter/run.ts";
import type { Json } from "../json.ts";
import { Execution, type ExecutionOptions, type Program } from "./execution.ts";

export type MapRunStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";

/** The number of children by status, by the names of `executionCounts`. */
export type Counts = Record<
  "pending" | "running" | "succeeded" | "failed" | "timedOut" | "aborted",
  number
>;

const COUNTED = {
  RUNNING: "running",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "timedOut",
  ABORTED: "aborted",
} as const;

/** AWS has at most 40 characters in a label. */
const labelOf = (stateName: string) => stateName.replaceAll(/[^\w-]/g, "").slice(0, 40) || "Map";

/** A run of a distributed Map state. Each item is the input of a child execution. */
export class MapRun implements MapRunHandle {
  readonly arn: string;
  readonly parent: Execution;
  readonly request: MapRunRequest;
  readonly program: Program;
  readonly startDate: number;
  readonly counts: Counts;
  /** The children of the type STANDARD. Those of the type EXPRESS are not kept, as on AWS. */
  readonly children: Execution[] = [];
  status: MapRunStatus = "RUNNING";
  stopDate: number | undefined;
  readonly #options: MapRunOptions;

  constructor(parent: Execution, request: MapRunRequest, options: MapRunOptions) {
    const { region, roleArn, machine } = parent.program;
    const { arn } = machine;
    const label = labelOf(request.stateName);
    const { uuid, clock } = options.environment;
    this.parent = parent;
    this.request = request;
    this.#options = options;
    this.arn = `${arn.replace(":stateMachine:", ":mapRun:")}/${label}:${uuid()}`;
    this.program = {
      graph: request.graph,
      type: request.type,
      machine: { arn: `${arn}/${label}`, name: `${machine.name}/${label}` },
      roleArn,
      region,
    };
    this.startDate = clock.now();
    this.counts = {
      pending: request.items,
      running: 0,
      succeeded: 0,
      failed: 0,
      timedOut: 0,
      aborted: 0,
    };
  }

  async runChild(input: Json, signal: AbortSignal): Promise<Json> {
    signal.throwIfAborted();
    const { environment } = this.#options;
    const { machine, type } = this.program;
    const name = environment.uuid();
    const kind = type === "STANDARD" ? ":execution:" : ":express:";
    const arn = `${machine.arn.replace(":stateMachine:", kind)}:${name}`;
    const child = new Execution({
      ...this.#options,
      arn,
      name,
      input: JSON.stringify(input),
      program: this.program,
      mapRunArn: this.arn,
      onEnd: (execution) => {
        this.counts.running -= 1;
        if (execution.status !== "RUNNING") this.counts[COUNTED[execution.status]] += 1;
      },
    });
    if (type === "STANDARD") {
      this.children.push(child);
      this.#options.onChild(child);
    }
    this.counts.pending -= 1;
    this.counts.running += 1;
    const stop = () => child.stop(new StateFailure(undefined, undefined));
    signal.addEventListener("abort", stop, { once: true });
    await child.run();
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
    if (child.output === undefined) {
      throw child.failure ?? new StateFailure(TIMEOUT, undefined);
    }
    return JSON.parse(child.output) as Json;
  }

  end(status: "SUCCEEDED" | "FAILED" | "ABORTED"): void {
    this.status = status;
    this.stopDate = this.#options.environment.clock.now();
    this.counts.aborted += this.counts.pending;
    this.counts.pending = 0;
  }
}

export interface MapRunOptions extends Pick<ExecutionOptions, "environment" | "startMapRun"> {
  /** Called for each child of the type STANDARD. */
  readonly onChild: (child: Execution) => void;
}
