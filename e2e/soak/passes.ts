import { countOf } from "@waybill/core/completeness";
import { startPass } from "@waybill/core/reconcile";

import type { Random } from "../random.ts";
import type { Machine } from "./machine.ts";

/** What the passes of a soak did. */
export interface PassCounts {
  completed: number;
  killed: number;
  /** Passes that ended with an error, because the stack was down or failed too often. */
  failed: number;
  /** Records that passes made equal. */
  repaired: number;
}

/** Prefixes of the keys of the traffic, and all keys. */
const PREFIXES = ["", "soak/", "soak/1/", "soak/2", "nothing/"] as const;

/** Longest time until a pass is killed. */
const KILL_MS = 2000;

/** Runs passes one after the other, some of which are killed in the middle. */
export class Passes {
  readonly counts: PassCounts = { completed: 0, killed: 0, failed: 0, repaired: 0 };
  readonly #machine: Machine;
  readonly #random: Random;
  #ended = false;
  readonly #running: Promise<void>;

  constructor(machine: Machine, random: Random) {
    this.#machine = machine;
    this.#random = random;
    this.#running = this.#loop();
  }

  async #loop(): Promise<void> {
    while (!this.#ended) {
      await this.#machine.up();
      const prefix = this.#random.pick(PREFIXES) ?? "";
      await this.#pass(prefix, this.#random.chance(0.5) ? this.#random.below(KILL_MS) : undefined);
    }
  }

  async #pass(prefix: string, killAfterMs: number | undefined): Promise<void> {
    const controller = new AbortController();
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => controller.abort(), killAfterMs);
    const { state, done } = startPass(
      { prefix },
      { repair: true, report: () => {}, signal: controller.signal },
    );
    try {
      await done;
      this.counts.completed += 1;
    } catch {
      // The stack is down, or its faults outlasted the retries: a later pass repeats it.
      this.counts[controller.signal.aborted ? "killed" : "failed"] += 1;
    }
    clearTimeout(timer);
    this.counts.repaired += countOf(state.found);
  }

  /** Ends the passes and makes a last one over everything. Throws if that does not complete. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
    const errors: unknown[] = [];
    const { state, done } = startPass(
      { prefix: "" },
      {
        repair: true,
        report: ({ error }) => error !== undefined && errors.push(error),
        signal: new AbortController().signal,
      },
    );
    await done;
    if (errors.length > 0) throw errors[0];
    this.counts.completed += 1;
    this.counts.repaired += countOf(state.found);
  }
}
