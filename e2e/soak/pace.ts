import { setTimeout as delay } from "node:timers/promises";

import { ControlError } from "../stack.ts";
import type { Machine } from "./machine.ts";

/** Events that may be under way at a time: more would only be what happens after the faults are over. */
const MAX_UNDER_WAY = 200;
const LOOK_MS = 50;

/** Keeps traffic from running ahead of the function, so that what goes wrong goes wrong while events are processed. */
export class Pace {
  readonly #machine: Machine;
  readonly #eventsUrl: string;
  #look: Promise<void> | undefined;
  /** How many more may start before the next look. */
  #allowed = MAX_UNDER_WAY;

  constructor(machine: Machine, eventsUrl: string) {
    this.#machine = machine;
    this.#eventsUrl = eventsUrl;
  }

  /** Resolves when one more event may be sent. */
  async next(): Promise<void> {
    while (this.#allowed <= 0) {
      this.#look ??= this.#count().finally(() => (this.#look = undefined));
      await this.#look;
    }
    this.#allowed -= 1;
  }

  async #count(): Promise<void> {
    await delay(LOOK_MS);
    await this.#machine.up();
    try {
      this.#allowed = MAX_UNDER_WAY - (await this.#machine.underWay(this.#eventsUrl));
    } catch (error) {
      if (error instanceof ControlError) throw error;
      // It was killed a moment ago: the next look waits until it is up.
    }
  }
}
