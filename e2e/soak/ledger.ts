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

/** The number of problems that the report shows. */
const MAX_PROBLEMS = 20;

/** Counts the outcomes that the function logs, and the problems that the stack reports. */
export class Ledger {
  /** The number of events by outcome. */
  readonly outcomes = new Map<string, number>();
  /** The number of events by outcome and reason, for outcomes with a reason. */
  readonly reasons = new Map<string, number>();
  /** From the metrics: the number of written records, and the longest lag between an event and its record. */
  lagged = 0;
  maxLagMs = 0;
  /** Reported by the stack: for example, a worker that ended or a poll that failed. */
  problems = 0;
  readonly lastProblems: string[] = [];
  /** Lines that are not JSON, such as the output of a crash. */
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

  /** The number of logged outcomes. An event that is retried has several. */
  get processed(): number {
    return [...this.outcomes.values()].reduce((sum, count) => sum + count, 0);
  }

  #read(text: string): void {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
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
