import { AsyncLocalStorage } from "node:async_hooks";

interface Origin {
  readonly at: Error;
  readonly outer: Origin | undefined;
}

/** A component of SST in another component has about five frames of its own. */
const FRAMES = 60;

/**
 * Remembers from where the config creates resources and calls data sources. The stack trace of an
 * error in a callback has only frames of SST and Pulumi.
 */
export class Origins {
  readonly #current = new AsyncLocalStorage<Origin>();
  /** By the message of an error. */
  readonly #failed = new Map<string, string[]>();

  /** Remembers the caller for the rest of this function, and for the callbacks that it registers. */
  enter(): void {
    this.#current.enterWith(this.#here());
  }

  /** Remembers the caller while `work` runs, and for the callbacks that it registers. */
  within<T>(work: () => T): T {
    return this.#current.run(this.#here(), work);
  }

  /** Remembers where an error occurred that Pulumi will throw again elsewhere. */
  failed(message: string): void {
    this.#failed.set(message, this.#stacks());
  }

  /** Returns the stack traces that led to an error, the innermost first. */
  stacksOf(message: string): string[] {
    const known = [...this.#failed].find(([part]) => message.includes(part));
    return known?.[1] ?? this.#stacks();
  }

  #stacks(): string[] {
    const stacks: string[] = [];
    for (let origin = this.#current.getStore(); origin; origin = origin.outer) {
      stacks.push(origin.at.stack ?? "");
    }
    return stacks;
  }

  #here(): Origin {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = FRAMES;
    // V8 formats the stack trace when it is first read, so this is cheap.
    const at = new Error("origin");
    Error.stackTraceLimit = limit;
    return { at, outer: this.#current.getStore() };
  }
}
