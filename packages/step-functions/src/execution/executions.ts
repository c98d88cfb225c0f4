import { KEPT_EXECUTIONS } from "../limits.ts";
import type { Execution } from "./execution.ts";
import type { MapRun } from "./map-run.ts";

/** The executions in memory, with their map runs and children. */
export class Executions {
  readonly #byArn = new Map<string, Execution>();
  readonly #mapRuns = new Map<string, MapRun>();
  /** The order of starts, oldest first. Its numbers are the cursors of lists. */
  readonly #started = new Map<Execution, number>();
  readonly #closed = new Set<Execution>();
  #lastNumber = 0;

  /** Adds an execution, or a child of a map run. */
  add(execution: Execution): void {
    this.#lastNumber += 1;
    this.#byArn.set(execution.arn, execution);
    this.#started.set(execution, this.#lastNumber);
  }

  addMapRun(mapRun: MapRun): void {
    this.#mapRuns.set(mapRun.arn, mapRun);
  }

  /** Forgets the oldest closed execution if there are too many. */
  closed(execution: Execution): void {
    if (!this.#started.has(execution)) return;
    this.#closed.add(execution);
    if (this.#closed.size <= KEPT_EXECUTIONS) return;
    const [oldest] = this.#closed;
    if (oldest) this.#forget(oldest);
  }

  find(arn: string): Execution | undefined {
    return this.#byArn.get(arn);
  }

  findMapRun(arn: string): MapRun | undefined {
    return this.#mapRuns.get(arn);
  }

  /** Returns the executions that `matches` accepts and their cursors, latest first. */
  list(matches: (execution: Execution) => boolean): { execution: Execution; cursor: number }[] {
    return [...this.#started]
      .filter(([execution]) => matches(execution))
      .map(([execution, cursor]) => ({ execution, cursor }))
      .toReversed();
  }

  running(): Execution[] {
    return [...this.#started.keys()].filter(({ status }) => status === "RUNNING");
  }

  #forget(execution: Execution): void {
    this.#closed.delete(execution);
    this.#started.delete(execution);
    this.#byArn.delete(execution.arn);
    for (const mapRun of execution.mapRuns) {
      this.#mapRuns.delete(mapRun.arn);
      for (const child of mapRun.children) this.#forget(child);
    }
  }
}
