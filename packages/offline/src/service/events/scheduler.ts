import type { Clock } from "../../ground/clock.ts";
import type { Schedule } from "./schedule.ts";

/** Runs tasks when their schedules are due. */
export class Scheduler {
  readonly #clock: Clock;
  /** Cancels the timer of a task, by name. */
  readonly #timers = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Starts a task, again if it runs already. `run` receives the time at which it was due. */
  start(name: string, schedule: Schedule, run: (due: Date) => void): void {
    this.stop(name);
    const started = this.#clock.now();
    const plan = (after: Date) => {
      const due = schedule(after, started);
      if (due === undefined) return;
      const cancel = this.#clock.after(due.getTime() - this.#clock.now().getTime(), () => {
        // After a machine has slept, the times that it missed are skipped. A timer can be early.
        plan(new Date(Math.max(due.getTime(), this.#clock.now().getTime())));
        run(due);
      });
      this.#timers.set(name, cancel);
    };
    plan(started);
  }

  stop(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  close(): void {
    for (const name of this.#timers.keys()) this.stop(name);
  }
}
