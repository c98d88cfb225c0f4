import { BlockList, isIP } from "node:net";

/** A pattern that EventBridge would reject. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

type Json = unknown;

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

/** Tests one value of an event, which is not a list. */
type Test = (value: Json) => boolean;

const isObject = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Compiles the operand of each comparison operator, other than `exists`. Throws a `PatternError` for
 * an operand that is not valid.
 */
const OPERATORS: Readonly<Record<string, (operand: Json) => Test>> = {
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
