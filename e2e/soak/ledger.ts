import * as z from "zod/mini";

import type { StackEvent } from "../stack.ts";

const Line = z.object({
  outcome: z.string(),
  reason: z.optional(z.string()),
});
const Metrics = z.object({
  _aws: z.object({}),
  Lag: z.optional(z.union([z.number(), z.array(z.number())])),
});

/** How many problems of a stack are kept to be shown. */
const MAX_PROBLEMS = 20;

/** What the function's log says became of the events. */
export class Ledger {
  /** By outcome. */
  readonly outcomes = new Map<string, number>();
  /** By reason, of the outcomes that have one. */
  readonly reasons = new Map<string, number>();
  /** Of the metrics: how many records were written, and the longest that one lagged behind its event. */
  lagged = 0;
  maxLagMs = 0;
  /** What the stack said of itself: a worker that ended, a poll that failed. */
  problems = 0;
  readonly lastProblems: string[] = [];
  /** Lines that are no JSON: a handler's crash, for one. */
  readonly stray: string[] = [];

  readonly record = (event: StackEvent): void => {
    if (event.type === "problem") {
      this.problems += 1;
      this.lastProblems.push(event.message);
      if (this.lastProblems.length > MAX_PROBLEMS) this.lastProblems.shift();
    } else if (event.type === "log") {
      this.#read(event.line);
    }
  };

  count(outcome: string): number {
    return this.outcomes.get(outcome) ?? 0;
  }

  /** All events that the function settled, for good or until they come back. */
  get settled(): number {
    return [...this.outcomes.values()].reduce((sum, count) => sum + count, 0);
  }

  #read(text: string): void {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      // What a crash prints; kept, since it is worth a look.
      if (this.stray.length < MAX_PROBLEMS) this.stray.push(text);
      return;
    }
    const line = Line.safeParse(json);
    if (line.success) {
      const { outcome, reason } = line.data;
      add(this.outcomes, outcome);
      if (reason !== undefined) add(this.reasons, `${outcome}: ${reason}`);
      return;
    }
    const lags = [Metrics.safeParse(json).data?.Lag ?? []].flat();
    this.lagged += lags.length;
    this.maxLagMs = Math.max(this.maxLagMs, ...lags);
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
