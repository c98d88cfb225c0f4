import type {
  Catcher,
  ChoiceState,
  FailState,
  Machine,
  MapState,
  ParallelState,
  State,
  TaskState,
  WaitState,
} from "./definition.ts";
import { errorOutput, StateError } from "./error.ts";
import { type Bindings, evaluate } from "./expression.ts";
import { mapItems } from "./map.ts";
import { matches, Retries } from "./retry.ts";

/** What a state machine needs from the world. */
export interface World {
  readonly now: () => Date;
  /** Rejects when the signal aborts. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  /** Runs a task. Rejects with a `StateError`. */
  readonly invoke: (resource: string, args: unknown, signal: AbortSignal) => Promise<unknown>;
  /** Called before a distributed map starts its children. Throws a `StateError` if it may not. */
  readonly startChild: () => void;
}

/** Bytes of the input or output of a state (Step Functions Developer Guide, "Quotas"). */
const MAX_PAYLOAD_BYTES = 256 * 1024;

/** The longest time of an express workflow (same page). */
const EXPRESS_MS = 5 * 60 * 1000;

/** Variables of a machine; a branch reads those around it, and assigns only its own. */
export class Scope {
  readonly #own: Record<string, unknown> = {};
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  get variables(): Record<string, unknown> {
    return { ...this.#outer?.variables, ...this.#own };
  }

  assign(values: unknown): void {
    Object.assign(this.#own, values);
  }
}

/** The result of a state: its output, and the next state; undefined at the end. */
interface Step {
  readonly output: unknown;
  readonly next: string | undefined;
}

/** Runs machines of one execution. `context` is `$states.context`. */
export class Interpreter {
  readonly #world: World;
  readonly #context: Readonly<Record<string, unknown>>;
  readonly #signal: AbortSignal;

  constructor(world: World, context: Readonly<Record<string, unknown>>, signal: AbortSignal) {
    this.#world = world;
    this.#context = context;
    this.#signal = signal;
  }

  /** Runs a machine and returns its output. Throws a `StateError`, or the reason of the signal. */
  async run(machine: Machine, input: unknown, scope: Scope): Promise<unknown> {
    let name: string | undefined = machine.StartAt;
    let value = input;
    while (name !== undefined) {
      this.#signal.throwIfAborted();
      const state: State | undefined = machine.States[name];
      if (state === undefined) throw new StateError("States.Runtime", `There is no state ${name}.`);
      const step: Step = await this.#enter(name, state, checked(value), scope);
      value = checked(step.output);
      name = step.next;
    }
    return value;
  }

  async #enter(name: string, state: State, input: unknown, scope: Scope): Promise<Step> {
    const retries = new Retries("Retry" in state ? (state.Retry ?? []) : [], this.#world.random);
    const entered = this.#world.now().toISOString();
    for (;;) {
      const States = { Name: name, EnteredTime: entered, RetryCount: retries.count };
      const states = { input, context: { ...this.#context, State: States } };
      try {
        return await this.#step(state, states, scope);
      } catch (error) {
        if (!(error instanceof StateError)) throw error;
        const milliseconds = retries.next(error);
        if (milliseconds !== undefined) await this.#world.wait(milliseconds, this.#signal);
        else return this.#caught(state, error, states, scope);
      }
    }
  }

  async #caught(
    state: State,
    error: StateError,
    states: Bindings["states"],
    scope: Scope,
  ): Promise<Step> {
    const catchers: readonly Catcher[] = "Catch" in state ? (state.Catch ?? []) : [];
    const catcher = catchers.find((one) => matches(one, error.error));
    if (catcher === undefined) throw error;
    const output = errorOutput(error);
    return this.#leave(catcher, { ...states, errorOutput: output }, output, scope);
  }

  #step(state: State, states: Bindings["states"], scope: Scope): Promise<Step> {
    switch (state.Type) {
      case "Task":
        return this.#task(state, states, scope);
      case "Map":
        return this.#map(state, states, scope);
      case "Parallel":
        return this.#parallel(state, states, scope);
      case "Choice":
        return this.#choose(state, states, scope);
      case "Wait":
        return this.#pause(state, states, scope);
      case "Fail":
        return this.#fail(state, states, scope);
      case "Pass":
      case "Succeed":
        return this.#leave(state, states, states["input"], scope);
    }
  }

  /** Evaluates the output and the variables, each with the variables from before. */
  async #leave(
    { Output, Assign, Next }: { Output?: unknown; Assign?: unknown; Next?: string | undefined },
    states: Bindings["states"],
    fallback: unknown,
    scope: Scope,
  ): Promise<Step> {
    const bindings = { states, variables: scope.variables };
    const output = Output === undefined ? fallback : await evaluate(Output, bindings);
    if (Assign !== undefined) scope.assign(await evaluate(Assign, bindings));
    return { output, next: Next };
  }

  async #task(state: TaskState, states: Bindings["states"], scope: Scope): Promise<Step> {
    const bindings = { states, variables: scope.variables };
    const { Arguments, TimeoutSeconds } = state;
    const args = Arguments === undefined ? states["input"] : await evaluate(Arguments, bindings);
    const seconds =
      TimeoutSeconds === undefined ? undefined : Number(await evaluate(TimeoutSeconds, bindings));
    const work = (signal: AbortSignal) => this.#world.invoke(state.Resource, checked(args), signal);
    const result = await this.#limited(seconds && seconds * 1000, work);
    return this.#leave(state, { ...states, result }, result, scope);
  }

  async #map(state: MapState, states: Bindings["states"], scope: Scope): Promise<Step> {
    const bindings = { states, variables: scope.variables };
    const { Items, ItemSelector, MaxConcurrency = 0, ItemProcessor } = state;
    const items = Items === undefined ? states["input"] : await evaluate(Items, bindings);
    if (!Array.isArray(items)) {
      throw new StateError("States.QueryEvaluationError", "The items of a map are not an array.");
    }
    const most = Number(await evaluate(MaxConcurrency, bindings)) || items.length;
    const { Mode = "INLINE", ExecutionType } = ItemProcessor.ProcessorConfig ?? {};
    const isDistributed = Mode === "DISTRIBUTED";
    if (isDistributed) this.#world.startChild();
    const results = await mapItems(items, most, this.#signal, async (Value, Index, signal) => {
      const context = { ...(states["context"] as object), Map: { Item: { Index, Value } } };
      const selected =
        ItemSelector === undefined
          ? Value
          : await evaluate(ItemSelector, { ...bindings, states: { ...states, context } });
      const child = new Interpreter(this.#world, context, signal);
      // A child of a distributed map is an execution of its own and sees no variables.
      if (!isDistributed) return child.run(ItemProcessor, selected, new Scope(scope));
      const limit = ExecutionType === "EXPRESS" ? EXPRESS_MS : undefined;
      return child.#limited(limit, (abort) =>
        new Interpreter(this.#world, context, abort).run(ItemProcessor, selected, new Scope()),
      );
    }).catch((error: unknown) => {
      if (!isDistributed || !(error instanceof StateError)) throw error;
      const cause = `The specified tolerated failure threshold was exceeded: ${error.error}: ${error.message}`;
      throw new StateError("States.ExceedToleratedFailureThreshold", cause);
    });
    return this.#leave(state, { ...states, result: results }, results, scope);
  }

  async #parallel(state: ParallelState, states: Bindings["states"], scope: Scope): Promise<Step> {
    const { Arguments, Branches } = state;
    const bindings = { states, variables: scope.variables };
    const input = Arguments === undefined ? states["input"] : await evaluate(Arguments, bindings);
    const results = await mapItems(Branches, Branches.length, this.#signal, (branch, _, signal) =>
      new Interpreter(this.#world, this.#context, signal).run(branch, input, new Scope(scope)),
    );
    return this.#leave(state, { ...states, result: results }, results, scope);
  }

  async #choose(state: ChoiceState, states: Bindings["states"], scope: Scope): Promise<Step> {
    for (const choice of state.Choices) {
      const isMet = await evaluate(choice.Condition, { states, variables: scope.variables });
      if (typeof isMet !== "boolean") {
        throw new StateError("States.QueryEvaluationError", "A condition is not true or false.");
      }
      if (isMet) return this.#leave(choice, states, states["input"], scope);
    }
    if (state.Default === undefined) {
      throw new StateError("States.NoChoiceMatched", "No choice matched, and there is no default.");
    }
    return this.#leave({ ...state, Next: state.Default }, states, states["input"], scope);
  }

  async #pause(state: WaitState, states: Bindings["states"], scope: Scope): Promise<Step> {
    const bindings = { states, variables: scope.variables };
    const milliseconds =
      state.Timestamp === undefined
        ? Number(await evaluate(state.Seconds, bindings)) * 1000
        : Date.parse(String(await evaluate(state.Timestamp, bindings))) -
          this.#world.now().getTime();
    if (Number.isNaN(milliseconds)) {
      throw new StateError(
        "States.QueryEvaluationError",
        "A time to wait is not a number or time.",
      );
    }
    await this.#world.wait(Math.max(0, milliseconds), this.#signal);
    return this.#leave(state, states, states["input"], scope);
  }

  async #fail(state: FailState, states: Bindings["states"], scope: Scope): Promise<Step> {
    const bindings = { states, variables: scope.variables };
    const [error = "", cause = ""] = [
      await evaluate(state.Error, bindings),
      await evaluate(state.Cause, bindings),
    ];
    throw new StateError(String(error), String(cause));
  }

  /** Rejects with `States.Timeout` after some time; the work is told by its signal. */
  async #limited<T>(
    milliseconds: number | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (milliseconds === undefined) return work(this.#signal);
    const ended = new AbortController();
    const timeOut = async (): Promise<never> => {
      await this.#world.wait(milliseconds, AbortSignal.any([this.#signal, ended.signal]));
      throw new StateError("States.Timeout", "The time limit was exceeded.");
    };
    try {
      const limit = timeOut();
      return await Promise.race([work(AbortSignal.any([this.#signal, ended.signal])), limit]);
    } finally {
      ended.abort();
    }
  }
}

/** Throws a `StateError` (`States.DataLimitExceeded`) for a value that is too large for a state. */
function checked(value: unknown): unknown {
  if (Buffer.byteLength(JSON.stringify(value) ?? "") <= MAX_PAYLOAD_BYTES) return value;
  throw new StateError(
    "States.DataLimitExceeded",
    `The data has more than ${MAX_PAYLOAD_BYTES} bytes.`,
  );
}
