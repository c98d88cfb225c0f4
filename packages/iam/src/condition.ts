import { UNKNOWN, type Context } from "./context.ts";
import { PolicyError } from "./error.ts";
import {
  OPERATORS,
  parseBoolean,
  type Operator,
  type Ternary,
  type ValueTest,
} from "./operators.ts";

/** One key of one operator in a `Condition` element. */
export interface Condition {
  /** Without quantifier and `IfExists`: `StringLike`. */
  operator: string;
  quantifier: "ForAllValues" | "ForAnyValue" | undefined;
  ifExists: boolean;
  /** The condition key as it is written. */
  key: string;
  values: readonly string[];
}

const OPERATOR_NAME = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

/**
 * Parses a `Condition` element.
 *
 * Throws `PolicyError` `policy.bad_condition` or `policy.unknown_operator`.
 */
export function parseConditions(element: unknown, where: string): Condition[] {
  return entriesOf(element, where).flatMap(([name, keys]) => {
    const at = `${where}.${name}`;
    const [, quantifier, operator = "", ifExists] = OPERATOR_NAME.exec(name) ?? [];
    const isNull = operator === "Null" && quantifier === undefined && ifExists === undefined;
    if (!isNull && !Object.hasOwn(OPERATORS, operator)) {
      throw new PolicyError("policy.unknown_operator", at, "is not a supported condition operator");
    }
    const entries = entriesOf(keys, at);
    if (entries.length === 0) {
      throw new PolicyError("policy.bad_condition", at, "must have at least one condition key");
    }
    return entries.map(([key, values]) => ({
      operator,
      quantifier:
        quantifier === "ForAllValues" || quantifier === "ForAnyValue" ? quantifier : undefined,
      ifExists: ifExists !== undefined,
      key: parseKey(key, at),
      values: parseValues(values, `${at}.${key}`),
    }));
  });
}

function entriesOf(value: unknown, where: string): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PolicyError("policy.bad_condition", where, "must be an object");
  }
  return Object.entries(value).filter(([, member]) => member !== undefined);
}

function parseKey(key: string, where: string): string {
  if (!/^[^\s:]+:\S(?:.*\S)?$/s.test(key)) {
    throw new PolicyError(
      "policy.bad_condition",
      where,
      `${JSON.stringify(key)} is not a condition key, such as aws:SourceArn`,
    );
  }
  return key;
}

function parseValues(values: unknown, where: string): string[] {
  const list: unknown[] = Array.isArray(values) ? values : [values];
  if (list.length === 0) {
    throw new PolicyError("policy.bad_condition", where, "must have at least one value");
  }
  return list.map((value) => {
    if (typeof value === "string" || typeof value === "boolean" || typeof value === "number")
      return String(value);
    throw new PolicyError(
      "policy.bad_condition",
      where,
      "must be a string, number or boolean, or a list of them",
    );
  });
}

/** Returns whether a condition holds; `undefined` if that cannot be decided. */
export type CompiledCondition = (context: Context) => Ternary;

/**
 * Compiles a condition.
 *
 * Throws `PolicyError` `policy.bad_condition` if a value is not of the operator's type.
 */
export function compileCondition(
  condition: Condition,
  variables: boolean,
  where: string,
): CompiledCondition {
  const key = condition.key.toLowerCase();
  try {
    if (condition.operator === "Null") return compileNull(key, condition.values);
    const operator = OPERATORS[condition.operator];
    if (!operator)
      throw new SyntaxError(`${condition.operator} is not a supported condition operator`);
    const tests = condition.values.map((text) => operator.compile(text, variables));
    const test: ValueTest = (value, context) => {
      const matched = anyOf(tests, (matches) => matches(value, context));
      return operator.negated ? negate(matched) : matched;
    };
    return quantified(key, condition, operator, test);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new PolicyError("policy.bad_condition", where, cause.message, { cause });
  }
}

/** Applies a test to an absent key, a value or a list of values, by the operator's quantifier. */
function quantified(
  key: string,
  condition: Condition,
  operator: Operator,
  test: ValueTest,
): CompiledCondition {
  const { quantifier, ifExists } = condition;
  const whenAbsent =
    ifExists ||
    quantifier === "ForAllValues" ||
    (quantifier === undefined && operator.negated === true);
  return (context) => {
    const value = context.get(key);
    if (value === undefined) return whenAbsent;
    if (value === UNKNOWN) return undefined;
    if (quantifier === undefined) {
      // IAM requires a quantifier for a key with several values, and does not document the result
      // without one.
      return typeof value === "string" ? test(value, context) : undefined;
    }
    const values = typeof value === "string" ? [value] : value;
    if (quantifier === "ForAnyValue") return anyOf(values, (each) => test(each, context));
    // "…also returns true … if the key values resolve to a null data set, such as an empty string."
    if (values.every((each) => each === "")) return true;
    const failed = anyOf(values, (each) => negate(test(each, context)));
    return negate(failed);
  };
}

const negate = (value: Ternary): Ternary => (value === undefined ? undefined : !value);

function anyOf<T>(items: readonly T[], holds: (item: T) => Ternary): Ternary {
  let result: Ternary = false;
  for (const item of items) {
    const held = holds(item);
    if (held === true) return true;
    if (held === undefined) result = undefined;
  }
  return result;
}

function compileNull(key: string, values: readonly string[]): CompiledCondition {
  const absent = new Set(values.map(parseBoolean));
  if (absent.has(undefined)) {
    throw new SyntaxError("Null takes true (the key is absent) or false (the key is present)");
  }
  return (context) => {
    const value = context.get(key);
    return value === UNKNOWN ? undefined : absent.has(value === undefined);
  };
}
