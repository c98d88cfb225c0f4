import { setTimeout as delay } from "node:timers/promises";

import { ControlError } from "../stack.ts";
import type { Machine } from "./machine.ts";

/** With more, many events would be processed only after the faults have ended. */
const MAX_UNPROCESSED = 200;
const POLL_MS = 50;

/** Limits the traffic to the throughput of the function, so that faults meet events that are being processed. */
export class Pace {
  readonly #machine: Machine;
  readonly #eventsUrl: string;
  #counting: Promise<void> | undefined;
  /** The number of events that may start before the next count. */
  #allowed = MAX_UNPROCESSED;

  constructor(machine: Machine, eventsUrl: string) {
    this.#machine = machine;
    this.#eventsUrl = eventsUrl;
  }

  /** Resolves when one more event may be sent. */
  async next(): Promise<void> {
    while (this.#allowed <= 0) {
      this.#counting ??= this.#count().finally(() => (this.#counting = undefined));
      await this.#counting;
    }
    this.#allowed -= 1;
  }

  async #count(): Promise<void> {
    await delay(POLL_MS);
    await this.#machine.up();
    try {
      this.#allowed = MAX_UNPROCESSED - (await this.#machine.unprocessed(this.#eventsUrl));
    } catch (error) {
      if (error instanceof ControlError) throw error;
      // The stack has just been killed. The next count waits until it is up.
    }
  }
}
