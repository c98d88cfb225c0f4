import jsonata from "jsonata";

import { EvaluationFailure } from "../interpreter/failure.ts";
import { isObject, type Json } from "../json.ts";
import { awsFunctions, type Sources } from "./functions.ts";

export type Bindings = Readonly<Record<string, unknown>>;

/** Ends an expression that loops. AWS does not document its limit. */
const TIMEOUT_MILLISECONDS = 10_000;

const DELIMITED = /^\{%([\s\S]*)%\}$/;

/** Returns the expression in `{% ... %}`; `undefined` if the text is not an expression. */
export const expressionIn = (text: string): string | undefined => DELIMITED.exec(text)?.[1]?.trim();

/**
 * Calls `visit` with each expression in a value and its path, such as `Arguments/Payload/id`.
 */
export function visitExpressions(
  value: unknown,
  path: string,
  visit: (expression: string, path: string) => void,
): void {
  if (typeof value === "string") {
    const expression = expressionIn(value);
    if (expression !== undefined) visit(expression, path);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      visitExpressions(item, `${path}[${index}]`, visit);
    }
  } else if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      visitExpressions(item, `${path}/${name}`, visit);
    }
  }
}

const messageOf = (error: unknown): string => {
  if (!isObject(error)) return String(error);
  const { code, message } = error;
  return typeof code === "string" ? `${code}: ${String(message)}` : String(message);
};

/** Returns a copy of a result as JSON; `undefined` if it contains a function. */
function copyOf(result: unknown): Json | undefined {
  try {
    const text = JSON.stringify(result, (_, value: unknown) => {
      if (typeof value === "function") throw new TypeError("A function is not a value of JSON.");
      if (isObject(value) && (value["_jsonata_function"] || value["_jsonata_lambda"])) {
        throw new TypeError("A function is not a value of JSON.");
      }
      return value;
    });
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The JSONata expressions of definitions, which are compiled once. */
export class Expressions {
  readonly #compiled = new Map<string, jsonata.Expression>();
  readonly #functions: Bindings;

  constructor(sources: Sources) {
    const millisOf = (millis: number, picture?: unknown, timezone?: unknown) =>
      jsonata("$fromMillis($millis, $picture, $timezone)").evaluate(undefined, {
        millis,
        picture,
        timezone,
      }) as Promise<unknown>;
    this.#functions = {
      ...awsFunctions(sources),
      now: (picture?: unknown, timezone?: unknown) => millisOf(sources.now(), picture, timezone),
    };
  }

  /** Throws the syntax error of an expression that is not JSONata. */
  compile(expression: string): jsonata.Expression {
    const known = this.#compiled.get(expression);
    if (known) return known;
    const compiled = jsonata(expression, { timeout: TIMEOUT_MILLISECONDS });
    this.#compiled.set(expression, compiled);
    return compiled;
  }

  /**
   * Returns a value with each `{% ... %}` replaced by its result. `location` is the path of the
   * field in the state.
   *
   * Rejects with `EvaluationFailure` if an expression fails or returns nothing.
   */
  async evaluate(template: Json, bindings: Bindings, location: string): Promise<Json> {
    if (typeof template === "string") {
      const expression = expressionIn(template);
      return expression === undefined ? template : this.#result(expression, bindings, location);
    }
    if (Array.isArray(template)) {
      const items: Json[] = [];
      for (const [index, item] of template.entries()) {
        items.push(await this.evaluate(item, bindings, `${location}[${index}]`));
      }
      return items;
    }
    if (!isObject(template)) return template;
    const members: [string, Json][] = [];
    for (const [name, item] of Object.entries(template)) {
      members.push([name, await this.evaluate(item, bindings, `${location}/${name}`)]);
    }
    return Object.fromEntries(members);
  }

  async #result(expression: string, bindings: Bindings, location: string): Promise<Json> {
    const subject = `The JSONata expression '${expression}' specified for the field '${location}'`;
    let result: unknown;
    try {
      result = await this.compile(expression).evaluate(undefined, {
        ...this.#functions,
        ...bindings,
      });
    } catch (error) {
      const reason = `threw an error during evaluation. ${messageOf(error)}`;
      throw new EvaluationFailure(`${subject} ${reason}`, location);
    }
    if (result === undefined) {
      throw new EvaluationFailure(`${subject} returned nothing (undefined).`, location);
    }
    const copy = copyOf(result);
    if (copy === undefined) {
      throw new EvaluationFailure(`${subject} returned an unsupported result type.`, location);
    }
    return copy;
  }
}
