import { isObject, type Json, OPERATORS, type Test } from "./pattern-operators.ts";
import { PatternError } from "./pattern-error.ts";

/** Whether an event matches a pattern. */
export type Matcher = (event: Json) => boolean;

/** Tests one object of an event. An object that is missing is empty, for `exists: false`. */
type ObjectTest = (object: Readonly<Record<string, Json>>) => boolean;

/**
 * Compiles an event pattern (Amazon EventBridge User Guide, "Creating Amazon EventBridge event
 * patterns" and "Comparison operators"). Throws a `PatternError` for a pattern that EventBridge
 * rejects, wherever in it the error is.
 *
 * EventBridge compares numbers as they are written, so 300 does not equal 300.0 for it. Here they are
 * equal.
 */
export function compilePattern(pattern: Json): Matcher {
  const matches = compileObject(pattern);
  return (event) => isObject(event) && matches(event);
}

function compileObject(pattern: Json): ObjectTest {
  if (!isObject(pattern)) throw new PatternError("a pattern must be an object");
  const members = Object.entries(pattern);
  if (members.length === 0) throw new PatternError("a pattern must not be empty");
  const tests = members.map(([name, wanted]) =>
    name === "$or" ? compileAlternatives(wanted) : compileMember(name, wanted),
  );
  return (object) => tests.every((matches) => matches(object));
}

function compileAlternatives(alternatives: Json): ObjectTest {
  if (!Array.isArray(alternatives) || alternatives.length < 2) {
    throw new PatternError("$or must be a list of at least two patterns");
  }
  const tests = alternatives.map((one) => compileObject(one));
  return (object) => tests.some((matches) => matches(object));
}

function compileMember(name: string, wanted: Json): ObjectTest {
  const valuesOf = (object: Readonly<Record<string, Json>>): Json[] =>
    Object.hasOwn(object, name) ? elementsOf(object[name]) : [];
  if (Array.isArray(wanted)) {
    const matches = compileList(name, wanted);
    return (object) => matches(valuesOf(object));
  }
  if (!isObject(wanted)) throw new PatternError(`${name} must be an object or a list`);
  const matches = compileObject(wanted);
  return (object) => {
    // All members must match in the same element of a list.
    const objects = valuesOf(object).filter((value) => isObject(value));
    return objects.length === 0 ? matches({}) : objects.some((element) => matches(element));
  };
}

/** The elements of a list are alternatives, at any depth. An empty list has no value. */
const elementsOf = (value: Json): Json[] =>
  Array.isArray(value) ? value.flatMap((element) => elementsOf(element)) : [value];

function compileList(name: string, wanted: readonly Json[]): (values: readonly Json[]) => boolean {
  if (wanted.length === 0) throw new PatternError(`the list of ${name} must not be empty`);
  const tests = wanted.map((one) => {
    if (!isObject(one)) {
      if (Array.isArray(one)) throw new PatternError(`a list must not contain a list: ${name}`);
      return (values: readonly Json[]) => values.includes(one);
    }
    return compileComparison(name, one);
  });
  return (values) => tests.some((matches) => matches(values));
}

function compileComparison(
  name: string,
  comparison: Readonly<Record<string, Json>>,
): (values: readonly Json[]) => boolean {
  const [[operator, operand] = ["", undefined], ...others] = Object.entries(comparison);
  if (others.length > 0) throw new PatternError(`a comparison of ${name} has several operators`);
  if (operator === "exists") {
    if (typeof operand !== "boolean") throw new PatternError("exists must be true or false");
    // "Exists matching only works on leaf nodes."
    return (values) => values.some((value) => !isObject(value)) === operand;
  }
  const compile = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (compile === undefined) throw new PatternError(`${operator} is not an operator`);
  const test: Test = compile(operand);
  return (values) => values.some(test);
}
