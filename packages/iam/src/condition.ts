import { BlockList, isIP } from "node:net";

import { compileArn, splitArn } from "./arn.ts";
import { UNKNOWN, type Context } from "./context.ts";
import { PolicyError } from "./error.ts";
import { matcherOf, parseTemplate } from "./pattern.ts";

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

/** `undefined`: it cannot be told. */
type Tri = boolean | undefined;
type Test = (value: string, context: Context) => Tri;

interface Operator {
  /** Whether the operator holds where none of its values matches, as `StringNotEquals` does. */
  negated?: true;
  /** @throws SyntaxError where the policy's text is no value of the operator's type. */
  test(text: string, variables: boolean): Test;
}

const lower = (text: string): string => text.toLowerCase();

/** A test by a template: no value of a variable equals or resembles nothing, so it does not match. */
const byTemplate =
  (wildcards: boolean, fold?: (text: string) => string): Operator["test"] =>
  (text, variables) => {
    const matches = matcherOf(parseTemplate(text, { wildcards, variables }), fold);
    return (value, context) => {
      const matched = matches(value, context);
      if (matched === "unknown") return undefined;
      return matched === "no_value" ? false : matched;
    };
  };

const byArn: Operator["test"] = (text, variables) => {
  const matches = compileArn(text, variables);
  return (value, context) => {
    if (!splitArn(value)) return undefined;
    const matched = matches(value, context);
    if (matched === "unknown") return undefined;
    return matched === "no_value" ? false : matched;
  };
};

/** A test of two values of one type; a request's value that is not of that type cannot be told. */
const byType =
  <T>(
    type: string,
    parse: (text: string) => T | undefined,
    holds: (asked: T, listed: T) => boolean,
  ): Operator["test"] =>
  (text) => {
    const listed = parse(text);
    if (listed === undefined) throw new SyntaxError(`${JSON.stringify(text)} is no ${type}`);
    return (value) => {
      const asked = parse(value);
      return asked === undefined ? undefined : holds(asked, listed);
    };
  };

const parseNumber = (text: string): number | undefined =>
  /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : undefined;

const W3C_DATE =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d)))?)?)?$/;

/** Milliseconds since 1970 of a W3C date (https://www.w3.org/TR/NOTE-datetime) or of seconds since 1970. */
function parseDate(text: string): number | undefined {
  const found = W3C_DATE.exec(text);
  if (!found) return /^\d{5,}$/.test(text) ? Number(text) * 1000 : undefined;
  const [year, month, day, hour, minute, second] = found
    .slice(1, 7)
    .map((part) => Number(part ?? "0"));
  const [fraction, sign, offsetHours, offsetMinutes] = found.slice(7);
  const local = Date.UTC(year ?? 0, (month || 1) - 1, day || 1, hour, minute, second);
  const read = new Date(local);
  const overflows =
    read.getUTCMonth() + 1 !== (month || 1) ||
    read.getUTCDate() !== (day || 1) ||
    (minute ?? 0) > 59 ||
    (second ?? 0) > 59;
  if (overflows) return undefined;
  const offset =
    (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) * (sign === "-" ? -1 : 1);
  return local + Number(`0.${fraction ?? 0}`) * 1000 - offset * 60_000;
}

const parseBoolean = (text: string): boolean | undefined =>
  ({ true: true, false: false })[text.toLowerCase()];

/** The bytes, as canonical base64. */
const parseBinary = (text: string): string | undefined => {
  const canonical = Buffer.from(text, "base64").toString("base64");
  return canonical.replace(/=+$/, "") === text.replace(/=+$/, "") ? canonical : undefined;
};

const byAddress: Operator["test"] = (text) => {
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  const isRange = /^\d{1,3}$/.test(prefix ?? "0") && length <= bits && rest.length === 0;
  if (version === 0 || address.includes("%") || !isRange) {
    throw new SyntaxError(
      `${JSON.stringify(text)} is no IP address or range, such as 203.0.113.0/24 or 2001:db8::/32`,
    );
  }
  const range = new BlockList();
  range.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  return (value) => {
    const asked = isIP(value);
    if (asked === 0 || value.includes("%")) return undefined;
    return range.check(value, asked === 4 ? "ipv4" : "ipv6");
  };
};

const equal = <T>(asked: T, listed: T): boolean => asked === listed;
const numeric = (holds: (asked: number, listed: number) => boolean) =>
  byType("number", parseNumber, holds);
const date = (holds: (asked: number, listed: number) => boolean) =>
  byType("date (such as 2026-01-31T00:00:00Z, or seconds since 1970)", parseDate, holds);

/** Every operator of IAM User Guide, "IAM JSON policy elements: Condition operators", but `Null`. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: { test: byTemplate(false) },
  StringNotEquals: { negated: true, test: byTemplate(false) },
  StringEqualsIgnoreCase: { test: byTemplate(false, lower) },
  StringNotEqualsIgnoreCase: { negated: true, test: byTemplate(false, lower) },
  StringLike: { test: byTemplate(true) },
  StringNotLike: { negated: true, test: byTemplate(true) },
  NumericEquals: { test: numeric(equal) },
  NumericNotEquals: { negated: true, test: numeric(equal) },
  NumericLessThan: { test: numeric((asked, listed) => asked < listed) },
  NumericLessThanEquals: { test: numeric((asked, listed) => asked <= listed) },
  NumericGreaterThan: { test: numeric((asked, listed) => asked > listed) },
  NumericGreaterThanEquals: { test: numeric((asked, listed) => asked >= listed) },
  DateEquals: { test: date(equal) },
  DateNotEquals: { negated: true, test: date(equal) },
  DateLessThan: { test: date((asked, listed) => asked < listed) },
  DateLessThanEquals: { test: date((asked, listed) => asked <= listed) },
  DateGreaterThan: { test: date((asked, listed) => asked > listed) },
  DateGreaterThanEquals: { test: date((asked, listed) => asked >= listed) },
  Bool: { test: byType("boolean (true or false)", parseBoolean, equal) },
  BinaryEquals: { test: byType("base64 text", parseBinary, equal) },
  IpAddress: { test: byAddress },
  NotIpAddress: { negated: true, test: byAddress },
  ArnEquals: { test: byArn },
  ArnLike: { test: byArn },
  ArnNotEquals: { negated: true, test: byArn },
  ArnNotLike: { negated: true, test: byArn },
};

const OPERATOR_NAME = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

/**
 * Parses a `Condition` element.
 * @throws PolicyError `policy.bad_condition`, `policy.unknown_operator`
 */
export function parseConditions(element: unknown, where: string): Condition[] {
  return entriesOf(element, where).flatMap(([name, keys]) => {
    const at = `${where}.${name}`;
    const [, quantifier, operator = "", ifExists] = OPERATOR_NAME.exec(name) ?? [];
    const isNull = operator === "Null" && quantifier === undefined && ifExists === undefined;
    if (!isNull && !Object.hasOwn(OPERATORS, operator)) {
      throw new PolicyError(
        "policy.unknown_operator",
        at,
        "is no condition operator that is known here",
      );
    }
    const entries = entriesOf(keys, at);
    if (entries.length === 0) throw new PolicyError("policy.bad_condition", at, "tests no key");
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
      `${JSON.stringify(key)} is no condition key, such as aws:SourceArn`,
    );
  }
  return key;
}

function parseValues(values: unknown, where: string): string[] {
  const list: unknown[] = Array.isArray(values) ? values : [values];
  if (list.length === 0) throw new PolicyError("policy.bad_condition", where, "lists no value");
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

/** Says whether a condition holds; `undefined` where it cannot be told. */
export type CompiledCondition = (context: Context) => Tri;

/**
 * Compiles a condition.
 * @throws PolicyError `policy.bad_condition` where a value is not of the operator's type
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
      throw new SyntaxError(`${condition.operator} is no condition operator that is known here`);
    const tests = condition.values.map((text) => operator.test(text, variables));
    const one: Test = (value, context) => {
      const matched = anyOf(tests, (test) => test(value, context));
      return operator.negated && matched !== undefined ? !matched : matched;
    };
    return quantified(key, condition, operator, one);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new PolicyError("policy.bad_condition", where, cause.message, { cause });
  }
}

/** What absent keys and lists of values mean, by the operator's quantifier. */
function quantified(
  key: string,
  condition: Condition,
  operator: Operator,
  one: Test,
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
      // IAM wants a quantifier for a key with several values, and does not say what it does without one.
      return typeof value === "string" ? one(value, context) : undefined;
    }
    const values = typeof value === "string" ? [value] : value;
    if (quantifier === "ForAnyValue") return anyOf(values, (each) => one(each, context));
    // "…also returns true … if the key values resolve to a null data set, such as an empty string."
    if (values.every((each) => each === "")) return true;
    const failed = anyOf(values, (each) => not(one(each, context)));
    return not(failed);
  };
}

const not = (value: Tri): Tri => (value === undefined ? undefined : !value);

function anyOf<T>(items: readonly T[], holds: (item: T) => Tri): Tri {
  let result: Tri = false;
  for (const item of items) {
    const held = holds(item);
    if (held === true) return true;
    if (held === undefined) result = undefined;
  }
  return result;
}

function compileNull(key: string, values: readonly string[]): CompiledCondition {
  const absent = new Set(values.map(parseBoolean));
  if (absent.has(undefined)) throw new SyntaxError("Null takes true (absent) and false (present)");
  return (context) => {
    const value = context.get(key);
    return value === UNKNOWN ? undefined : absent.has(value === undefined);
  };
}
