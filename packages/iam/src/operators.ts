import { BlockList, isIP } from "node:net";

import { compileArn, splitArn } from "./arn.ts";
import type { Context } from "./context.ts";
import { matcherOf, parseTemplate } from "./pattern.ts";

/** `undefined`: cannot be decided. */
export type Ternary = boolean | undefined;

/** Tests one value of the request. */
export type ValueTest = (value: string, context: Context) => Ternary;

export interface Operator {
  /** Whether the operator holds if none of its values matches, as `StringNotEquals` does. */
  negated?: true;
  /** Compiles a value of the policy. Throws `SyntaxError` if it is not of the operator's type. */
  compile(text: string, variables: boolean): ValueTest;
}

const lowerCase = (text: string): string => text.toLowerCase();

/**
 * A test against a template. A variable without a value equals nothing and resembles nothing, so it
 * does not match.
 */
const byTemplate =
  (wildcards: boolean, fold?: (text: string) => string): Operator["compile"] =>
  (text, variables) => {
    const matches = matcherOf(parseTemplate(text, { wildcards, variables }), fold);
    return (value, context) => {
      const matched = matches(value, context);
      if (matched === "unknown") return undefined;
      return matched === "no_value" ? false : matched;
    };
  };

const byArn: Operator["compile"] = (text, variables) => {
  const matches = compileArn(text, variables);
  return (value, context) => {
    if (!splitArn(value)) return undefined;
    const matched = matches(value, context);
    if (matched === "unknown") return undefined;
    return matched === "no_value" ? false : matched;
  };
};

/**
 * A test of two values of one type. A value of the request that is not of that type cannot be
 * decided.
 */
const byType =
  <T>(
    type: string,
    parse: (text: string) => T | undefined,
    holds: (actual: T, listed: T) => boolean,
  ): Operator["compile"] =>
  (text) => {
    const listed = parse(text);
    if (listed === undefined) throw new SyntaxError(`${JSON.stringify(text)} is not ${type}`);
    return (value) => {
      const actual = parse(value);
      return actual === undefined ? undefined : holds(actual, listed);
    };
  };

const parseNumber = (text: string): number | undefined =>
  /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : undefined;

const W3C_DATE =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d)))?)?)?$/;

/**
 * Milliseconds since 1970 of a W3C date (https://www.w3.org/TR/NOTE-datetime) or of seconds since
 * 1970.
 */
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

export const parseBoolean = (text: string): boolean | undefined =>
  ({ true: true, false: false })[text.toLowerCase()];

/** The bytes, as canonical base64. */
const parseBinary = (text: string): string | undefined => {
  const canonical = Buffer.from(text, "base64").toString("base64");
  return canonical.replace(/=+$/, "") === text.replace(/=+$/, "") ? canonical : undefined;
};

const byAddress: Operator["compile"] = (text) => {
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  const isRange = /^\d{1,3}$/.test(prefix ?? "0") && length <= bits && rest.length === 0;
  if (version === 0 || address.includes("%") || !isRange) {
    throw new SyntaxError(
      `${JSON.stringify(text)} is not an IP address or range, such as 203.0.113.0/24 or 2001:db8::/32`,
    );
  }
  const range = new BlockList();
  range.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  return (value) => {
    const actual = isIP(value);
    if (actual === 0 || value.includes("%")) return undefined;
    return range.check(value, actual === 4 ? "ipv4" : "ipv6");
  };
};

const equal = <T>(actual: T, listed: T): boolean => actual === listed;
const numeric = (holds: (actual: number, listed: number) => boolean) =>
  byType("a number", parseNumber, holds);
const date = (holds: (actual: number, listed: number) => boolean) =>
  byType("a date (such as 2026-01-31T00:00:00Z, or seconds since 1970)", parseDate, holds);

/**
 * Every operator of IAM User Guide, "IAM JSON policy elements: Condition operators", except `Null`.
 */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: { compile: byTemplate(false) },
  StringNotEquals: { negated: true, compile: byTemplate(false) },
  StringEqualsIgnoreCase: { compile: byTemplate(false, lowerCase) },
  StringNotEqualsIgnoreCase: { negated: true, compile: byTemplate(false, lowerCase) },
  StringLike: { compile: byTemplate(true) },
  StringNotLike: { negated: true, compile: byTemplate(true) },
  NumericEquals: { compile: numeric(equal) },
  NumericNotEquals: { negated: true, compile: numeric(equal) },
  NumericLessThan: { compile: numeric((actual, listed) => actual < listed) },
  NumericLessThanEquals: { compile: numeric((actual, listed) => actual <= listed) },
  NumericGreaterThan: { compile: numeric((actual, listed) => actual > listed) },
  NumericGreaterThanEquals: { compile: numeric((actual, listed) => actual >= listed) },
  DateEquals: { compile: date(equal) },
  DateNotEquals: { negated: true, compile: date(equal) },
  DateLessThan: { compile: date((actual, listed) => actual < listed) },
  DateLessThanEquals: { compile: date((actual, listed) => actual <= listed) },
  DateGreaterThan: { compile: date((actual, listed) => actual > listed) },
  DateGreaterThanEquals: { compile: date((actual, listed) => actual >= listed) },
  Bool: { compile: byType("a boolean (true or false)", parseBoolean, equal) },
  BinaryEquals: { compile: byType("base64 text", parseBinary, equal) },
  IpAddress: { compile: byAddress },
  NotIpAddress: { negated: true, compile: byAddress },
  ArnEquals: { compile: byArn },
  ArnLike: { compile: byArn },
  ArnNotEquals: { negated: true, compile: byArn },
  ArnNotLike: { negated: true, compile: byArn },
};
