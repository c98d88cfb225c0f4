import type { State } from "../definition/types.ts";
import { expressionIn } from "../jsonata/expressions.ts";
import { type Json, typeName } from "../json.ts";
import { EvaluationFailure, StateFailure } from "./failure.ts";
import type { Branch, Run } from "./run.ts";

/** Members of `$states` that only some fields can use. */
export interface StatesMembers {
  readonly result?: Json;
  readonly errorOutput?: Json;
}

export const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

export const withTruncation = (member: string, value: Json) => ({
  [member]: JSON.stringify(value),
  [`${member}Details`]: { truncated: false },
});

/** One visit of a state. */
export class Step<Kind extends State = State> {
  readonly run: Run;
  readonly branch: Branch;
  readonly name: string;
  readonly state: Kind;
  readonly input: Json;
  retryCount = 0;
  readonly #enteredId: number;
  readonly #enteredTime: string;

  /** Enters the state. */
  constructor(run: Run, branch: Branch, name: string, state: Kind, input: Json) {
    this.run = run;
    this.branch = branch;
    this.name = name;
    this.state = state;
    this.input = input;
    this.#enteredTime = iso(run.clock.now());
    this.#enteredId = this.record(`${state.Type}StateEntered`, {
      stateEnteredEventDetails: { name, ...withTruncation("input", input) },
    });
  }

  /** Records an event after the previous one of the branch. */
  record(type: string, details?: Record<string, unknown>): number {
    const id = this.run.history.record(type, this.branch.previous, details);
    this.branch.previous = id;
    return id;
  }

  /** Evaluates a field. `item` is the item of a Map state whose input it selects. */
  evaluate(
    field: string,
    template: Json,
    members: StatesMembers = {},
    item = this.branch.item,
  ): Promise<Json> {
    const context = {
      ...this.run.context,
      State: {
        Name: this.name,
        EnteredTime: this.#enteredTime,
        RetryCount: this.retryCount,
      },
      ...(item === undefined ? {} : { Map: { Item: item } }),
    };
    const states = { input: this.input, ...members, context };
    const bindings = { ...this.branch.variables.visible(), states };
    return this.run.expressions.evaluate(template, bindings, field);
  }

  /** Evaluates a field that must be an integer. Rejects with `EvaluationFailure` if it is not. */
  async integer(field: string, template: Json, min: number, max: number): Promise<number> {
    const value = await this.evaluate(field, template);
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) {
      return value;
    }
    const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
    throw this.unexpected(field, template, value, `integer ${range}`);
  }

  /** Evaluates a field that must be a string. Rejects with `EvaluationFailure` if it is not. */
  async text(field: string, template: Json): Promise<string> {
    const value = await this.evaluate(field, template);
    if (typeof value === "string") return value;
    throw this.unexpected(field, template, value, "string");
  }

  unexpected(field: string, template: Json, value: Json, expected: string): EvaluationFailure {
    const expression = typeof template === "string" ? expressionIn(template) : undefined;
    return new EvaluationFailure(
      `The JSONata expression '${expression ?? JSON.stringify(template)}' specified for the field '${field}' returned an unexpected result type. Expected '${expected}', but was '${typeName(value)}' for value: ${JSON.stringify(value)}`,
      field,
    );
  }

  /** Returns a failure whose cause begins with the place, as Step Functions words it. */
  failure(error: string, reason: string): StateFailure {
    const place = `An error occurred while executing the state '${this.name}' (entered at the event id #${this.#enteredId}).`;
    return new StateFailure(error, `${place} ${reason}`);
  }
}
