/** The calls of one operation by one caller. */
export interface Count {
  service: string;
  operation: string;
  /** A role's name, `root`, or `anonymous`. */
  caller: string;
  calls: number;
  /** Responses with a status of 400 or more. */
  errors: number;
}

/** Counts the requests that the edge has parsed. */
export class Meter {
  readonly #counts = new Map<string, Count>();

  add(service: string, operation: string, caller: string, failed: boolean): void {
    const id = `${service} ${operation} ${caller}`;
    let count = this.#counts.get(id);
    if (!count) {
      count = { service, operation, caller, calls: 0, errors: 0 };
      this.#counts.set(id, count);
    }
    count.calls += 1;
    if (failed) count.errors += 1;
  }

  counts(): Count[] {
    return [...this.#counts.values()];
  }

  reset(): void {
    this.#counts.clear();
  }
}
