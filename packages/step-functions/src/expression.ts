import { hash } from "node:crypto";

import jsonata from "jsonata";

import { StateError } from "./error.ts";

/** What an expression can read: `$states`, and the variables by name. */
export interface Bindings {
  readonly states: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, unknown>>;
}

const isExpression = (value: unknown): value is string =>
  typeof value === "string" && value.startsWith("{%") && value.endsWith("%}");

/**
 * Evaluates all expressions in a value. Throws a `StateError` (`States.QueryEvaluationError`), also for
 * an expression without a result (Step Functions Developer Guide, "Transforming data with JSONata").
 */
export async function evaluate(template: unknown, bindings: Bindings): Promise<unknown> {
  if (isExpression(template)) return evaluateText(template.slice(2, -2).trim(), bindings);
  if (Array.isArray(template)) {
    const values: unknown[] = [];
    for (const one of template) values.push(await evaluate(one, bindings));
    return values;
  }
  if (typeof template !== "object" || template === null) return template;
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(template)) {
    result[name] = await evaluate(value, bindings);
  }
  return result;
}

async function evaluateText(text: string, { states, variables }: Bindings): Promise<unknown> {
  let result: unknown;
  try {
    const expression = jsonata(text);
    for (const [name, implementation] of Object.entries(FUNCTIONS)) {
      expression.registerFunction(name, implementation);
    }
    result = await expression.evaluate(undefined, { ...variables, states });
  } catch (error) {
    throw failure(text, messageOf(error));
  }
  // A lambda, or nothing.
  const json = typeof result === "function" ? undefined : JSON.stringify(result);
  if (json === undefined) throw failure(text, "it returned nothing");
  // Without the marks of JSONata's own sequences.
  return JSON.parse(json) as unknown;
}

const failure = (text: string, reason: string) =>
  new StateError("States.QueryEvaluationError", `The expression '${text}' failed: ${reason}.`);

const messageOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "message" in error
    ? String(error.message)
    : String(error);

/** Step Functions adds these to JSONata, and does not have `$eval` (Developer Guide, same section). */
const FUNCTIONS: Readonly<Record<string, Parameters<jsonata.Expression["registerFunction"]>[1]>> = {
  partition: (list: unknown[], size: number) =>
    Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
      list.slice(at * size, (at + 1) * size),
    ),
  range: (first: number, last: number, step: number) =>
    Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, at) => first + at * step),
  hash: (data: string, algorithm: string) => hash(algorithm.replace("-", "").toLowerCase(), data),
  random: (seed?: number) => (seed === undefined ? Math.random() : seeded(seed)),
  uuid: () => crypto.randomUUID(),
  parse: (text: string) => JSON.parse(text) as unknown,
  eval: () => {
    throw new Error("$eval is not supported by Step Functions; use $parse");
  },
};

/** Mulberry32: the same number for the same seed. */
function seeded(seed: number): number {
  let state = (seed + 0x6d2b79f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 4294967296;
}
