import { setTimeout as wait } from "node:timers/promises";

import { logger } from "../../log.ts";
import { firstKeyAfter } from "../listing.ts";
import type { Finding } from "../pass.ts";
import { type Pass, startPass } from "../start.ts";
import { type RangeItem, totalOf } from "./range-item.ts";
import { splitRange } from "./split.ts";
import { readHead, readRange, saveRange, type Stored } from "./store.ts";

/** How often the progress is saved: a range whose function dies is continued from there. */
const SAVE_MS = 5000;

/** The parts into which the remainder of a range is split that could not be finished. */
const PARTS = 8;

export interface RangeOrder {
  readonly pass: string;
  readonly range: string;
  /** When to stop, in epoch milliseconds. */
  readonly stopAt: number;
}

/**
 * Works on a range of a pass until its end or until `stopAt`; what remains then is split into parts.
 * Returns the range as it was saved.
 *
 * Several workers can have the same range, because Step Functions starts another one when it loses the
 * first. Each saves on the condition that no other has; the one that cannot save stops. Throws what
 * `startPass` throws, after saving how far it came.
 */
export async function workOnRange({ pass, range, stopAt }: RangeOrder): Promise<RangeItem> {
  const [head, stored] = await Promise.all([readHead(pass), readRange(pass, range)]);
  if (stored.value.state === "done") return stored.value;
  const controller = new AbortController();
  const stop = setTimeout(() => controller.abort(), Math.max(0, stopAt - Date.now()));
  const { prefix, repair } = head;
  const { settledTo, after, until } = stored.value;
  const running = startPass(
    { prefix, after: settledTo ?? after, until },
    { repair, report: logFailure, signal: controller.signal },
  );
  const progress = new Progress(pass, stored, running, () => controller.abort());
  const saving = progress.saveEvery(SAVE_MS);
  try {
    await running.done;
    return await progress.save({ state: "done" });
  } catch (error) {
    if (!controller.signal.aborted) {
      await progress.save({});
      throw error;
    }
    if (progress.isLost) return progress.current;
    const { settledTo: from = after } = progress.current;
    if (from === (settledTo ?? after)) return await progress.save({});
    const parts = await splitRange({ prefix, after: from, until }, PARTS, firstKeyAfter);
    const rest = parts.map((part) => ({ after: part.after, until: part.until }));
    return await progress.save({ state: "done", until: from, rest });
  } finally {
    clearTimeout(stop);
    saving.end();
  }
}

function logFailure({ key, error }: Finding): void {
  if (error === undefined) return;
  logger.warn("A difference could not be resolved.", { objectKey: key, error: error as Error });
}

/** Saves how far the pass over a range came, in the order of the calls. */
class Progress {
  readonly #pass: string;
  readonly #start: RangeItem;
  readonly #running: Pass;
  readonly #onLost: () => void;
  #rev: number;
  #isLost = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(pass: string, stored: Stored<RangeItem>, running: Pass, onLost: () => void) {
    this.#pass = pass;
    this.#start = stored.value;
    this.#rev = stored.rev;
    this.#running = running;
    this.#onLost = onLost;
  }

  /** Whether another worker has saved the range. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The range with what was compared so far. */
  get current(): RangeItem {
    const { state } = this.#running;
    const { asOf = state.asOf } = this.#start;
    return {
      ...this.#start,
      settledTo: state.settledTo === "" ? this.#start.settledTo : state.settledTo,
      asOf,
      ...totalOf([this.#start, { ...this.#start, ...state, id: "", state: "open" }]),
    };
  }

  /** Saves the range with these changes; does nothing once another worker has saved it. */
  async save(changes: Partial<RangeItem>): Promise<RangeItem> {
    const saved = this.#last.then(async () => {
      const range = { ...this.current, ...changes };
      if (this.#isLost) return range;
      if (await saveRange(this.#pass, range, this.#rev)) this.#rev += 1;
      else {
        this.#isLost = true;
        this.#onLost();
      }
      return range;
    });
    this.#last = saved.catch(() => undefined);
    return saved;
  }

  saveEvery(milliseconds: number): { end: () => void } {
    const controller = new AbortController();
    const loop = async () => {
      while (!controller.signal.aborted) {
        await wait(milliseconds, undefined, { signal: controller.signal, ref: false });
        await this.save({});
      }
    };
    // A save that fails is made again with the next one, and the last one reports the error.
    loop().catch(() => undefined);
    return { end: () => controller.abort() };
  }
}
