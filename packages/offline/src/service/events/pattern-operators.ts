import { BlockList, isIP } from "node:net";

import { PatternError } from "./pattern-error.ts";

export type Json = unknown;

/** Tests one value of an event, which is not a list. */
export type Test = (value: Json) => boolean;

export const isObject = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Compiles the operand of each comparison operator, other than `exists`. Throws a `PatternError` for
 * an operand that is not valid.
 */
export const OPERATORS: Readonly<Record<string, (operand: Json) => Test>> = {
  prefix: (operand) => onText("prefix", operand, (text, part) => text.startsWith(part)),
  suffix: (operand) => onText("suffix", operand, (text, part) => text.endsWith(part)),
  "equals-ignore-case": (operand) => {
    const wanted = textOf("equals-ignore-case", operand).toLowerCase();
    return (value) => typeof value === "string" && value.toLowerCase() === wanted;
  },
  wildcard: (operand) => {
    const pattern = wildcardOf(textOf("wildcard", operand));
    return (value) => typeof value === "string" && pattern.test(value);
  },
  numeric: numericTest,
  cidr: cidrTest,
  "anything-but": anythingBut,
};

type TextTest = (text: string, operand: string) => boolean;

/** The operand is a text, or `{ "equals-ignore-case": <text> }`. */
function onText(operator: string, operand: Json, test: TextTest): Test {
  if (isObject(operand)) {
    const [[name, inner] = ["", undefined], ...others] = Object.entries(operand);
    if (name !== "equals-ignore-case" || others.length > 0) {
      throw new PatternError(`${operator} must be a string or equals-ignore-case`);
    }
    const wanted = textOf(operator, inner).toLowerCase();
    return (value) => typeof value === "string" && test(value.toLowerCase(), wanted);
  }
  const wanted = textOf(operator, operand);
  return (value) => typeof value === "string" && test(value, wanted);
}

/** The operators that can be in `anything-but`, each with one operand or a list of them. */
const EXCLUDING = new Set(["prefix", "suffix", "equals-ignore-case", "wildcard"]);

function anythingBut(operand: Json): Test {
  const excludes = isObject(operand) ? excludedBy(operand) : excludedValues(operand);
  return (value) => !isObject(value) && !excludes(value);
}

function excludedValues(operand: Json): Test {
  const excluded: readonly Json[] = listOf("anything-but", operand);
  if (!excluded.every((value) => typeof value === "string" || typeof value === "number")) {
    throw new PatternError("anything-but must be strings, numbers or an operator");
  }
  const values = new Set<Json>(excluded);
  return (value) => values.has(value);
}

function excludedBy(comparison: Readonly<Record<string, Json>>): Test {
  const [[name, operand] = ["", undefined], ...others] = Object.entries(comparison);
  const compile = EXCLUDING.has(name) ? OPERATORS[name] : undefined;
  if (compile === undefined || others.length > 0) {
    throw new PatternError(`anything-but must have one of ${[...EXCLUDING].join(", ")}`);
  }
  const tests = listOf(`anything-but ${name}`, operand).map((each) => compile(each));
  return (value) => tests.some((matches) => matches(value));
}

function listOf(operator: string, operand: Json): readonly Json[] {
  if (!Array.isArray(operand)) return [operand];
  if (operand.length === 0) throw new PatternError(`the list of ${operator} must not be empty`);
  return operand as Json[];
}

const COMPARISONS: Readonly<Record<string, (value: number, other: number) => boolean>> = {
  "=": (value, other) => value === other,
  "<": (value, other) => value < other,
  "<=": (value, other) => value <= other,
  ">": (value, other) => value > other,
  ">=": (value, other) => value >= other,
};
/** "Numeric matching [...] is limited to values between -5.0e9 and +5.0e9 inclusive." */
const MAX_NUMBER = 5e9;

function numericTest(operand: Json): Test {
  if (!Array.isArray(operand) || ![2, 4].includes(operand.length)) {
    throw new PatternError("numeric must be one or two pairs of a comparison and a number");
  }
  const pairs = [operand.slice(0, 2), operand.slice(2)].filter((pair) => pair.length > 0);
  const tests = pairs.map(([sign, number]) => {
    const name = String(sign);
    const compare = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
    if (compare === undefined || typeof number !== "number" || Math.abs(number) > MAX_NUMBER) {
      throw new PatternError("numeric must be =, <, <=, > or >= and a number up to 5.0e9");
    }
    return (value: number) => compare(value, number);
  });
  return (value) => typeof value === "number" && tests.every((matches) => matches(value));
}

/** `*` is any text; `\*` and `\\` stand for themselves. */
function wildcardOf(text: string): RegExp {
  if (/(?<!\\)(?:\\\\)*\*\*/.test(text)) {
    throw new PatternError("a wildcard must not have two * in sequence");
  }
  if (/^(?:[^\\]|\\[*\\])*$/.exec(text) === null) {
    throw new PatternError(String.raw`a wildcard can escape only \* and \\`);
  }
  const source = text.replaceAll(/\\[*\\]|\*|[$()+./?[\]^{|}]/g, (match) => {
    if (match.length === 2) return match;
    return match === "*" ? "[^]*" : `\\${match}`;
  });
  return new RegExp(`^${source}$`, "u");
}

function cidrTest(operand: Json): Test {
  const block = blockOf(textOf("cidr", operand));
  return (value) =>
    typeof value === "string" && isIP(value) > 0 && block.check(value, familyOf(value));
}

function blockOf(cidr: string): BlockList {
  const [, address = "", bits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  const maxBits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (bits === "" || Number(bits) > maxBits) {
    throw new PatternError(`${cidr} is not a range of IP addresses`);
  }
  const block = new BlockList();
  block.addSubnet(address, Number(bits), familyOf(address));
  return block;
}

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

function textOf(operator: string, operand: Json): string {
  if (typeof operand === "string") return operand;
  throw new PatternError(`${operator} must be a string`);
}
