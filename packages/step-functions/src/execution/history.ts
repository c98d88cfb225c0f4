import type { Recorder } from "../interpreter/run.ts";
import { MAX_HISTORY_EVENTS } from "../limits.ts";

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The events of one execution. An execution of an express state machine keeps none. */
export class History implements Recorder {
  readonly events: HistoryEvent[] = [];
  readonly #now: () => number;
  readonly #kept: boolean;
  readonly #onFull: () => void;
  #lastId = 0;
  #closed = false;

  /** Calls `onFull` when only one event more has a place. */
  constructor(now: () => number, kept: boolean, onFull: () => void) {
    this.#now = now;
    this.#kept = kept;
    this.#onFull = onFull;
  }

  record(type: string, previousEventId: number, details: Record<string, unknown> = {}): number {
    if (this.#closed) return this.#lastId;
    this.#lastId += 1;
    const id = this.#lastId;
    if (this.#kept) {
      this.events.push({ id, previousEventId, type, timestamp: this.#now(), details });
      if (id === MAX_HISTORY_EVENTS - 1) this.#onFull();
    }
    return id;
  }

  /** Records the last event. Later ones are ignored. */
  close(type: string, previousEventId: number, details: Record<string, unknown>): void {
    this.#closed = this.#lastId >= MAX_HISTORY_EVENTS;
    this.record(type, previousEventId, details);
    this.#closed = true;
  }

  get lastId(): number {
    return this.#lastId;
  }
}
