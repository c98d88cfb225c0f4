import { BlockList, isIP } from "node:net";

/** A pattern that EventBridge would reject, or that is not supported. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

type Json = unknown;

/**
 * Whether an event matches a pattern (Amazon EventBridge User Guide, "Creating Amazon EventBridge event
 * patterns" and "Comparison operators"). Throws a `PatternError` for a pattern that is not valid.
 */
export function matchesPattern(pattern: Json, event: Json): boolean {
  return matchesObject(pattern, [event]);
}

/** `values` are all values at one path: arrays in an event are alternatives. */
function matchesObject(pattern: Json, values: readonly Json[]): boolean {
  if (!isObject(pattern)) throw new PatternError("A pattern is an object or a list of values.");
  const objects = values.flatMap((value) => (Array.isArray(value) ? value : [value])) as Json[];
  return Object.entries(pattern).every(([name, wanted]) => {
    if (name === "$or") return matchesAny(wanted, objects);
    const members = objects.flatMap((value) =>
      isObject(value) && Object.hasOwn(value, name) ? [value[name]] : [],
    );
    return Array.isArray(wanted) ? matchesList(wanted, members) : matchesObject(wanted, members);
  });
}

function matchesAny(alternatives: Json, values: readonly Json[]): boolean {
  if (!Array.isArray(alternatives) || alternatives.length < 2) {
    throw new PatternError("$or needs a list of two patterns or more.");
  }
  // All are checked, so that an invalid one is found.
  return alternatives.map((one) => matchesObject(one, values)).includes(true);
}

function matchesList(wanted: readonly Json[], members: readonly Json[]): boolean {
  if (wanted.length === 0) throw new PatternError("A list of values is empty.");
  const values = members.flatMap((value) => (Array.isArray(value) ? value : [value])) as Json[];
  return wanted
    .map((one) => (isObject(one) ? matchesOperator(one, values) : values.includes(one)))
    .includes(true);
}

function matchesOperator(
  operator: Readonly<Record<string, Json>>,
  values: readonly Json[],
): boolean {
  const [[name, operand] = ["", undefined], ...others] = Object.entries(operator);
  if (others.length > 0) throw new PatternError("A comparison has one operator.");
  if (name === "exists") return (operand === true) === values.some((value) => !isObject(value));
  const test = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (test === undefined) throw new PatternError(`The operator ${name} is not known.`);
  const matches = test(operand);
  return values.some(matches);
}

type Test = (value: Json) => boolean;

const OPERATORS: Readonly<Record<string, (operand: Json) => Test>> = {
  prefix: (operand) => onText(operand, (text, part) => text.startsWith(part)),
  suffix: (operand) => onText(operand, (text, part) => text.endsWith(part)),
  "equals-ignore-case": (operand) =>
    onText(operand, (text, other) => text.toLowerCase() === other.toLowerCase()),
  wildcard: (operand) => {
    const pattern = wildcardOf(textOf(operand));
    return (value) => typeof value === "string" && pattern.test(value);
  },
  numeric: numericTest,
  cidr: (operand) => {
    const block = blockOf(textOf(operand));
    return (value) =>
      typeof value === "string" && isIP(value) > 0 && block.check(value, familyOf(value));
  },
  "anything-but": anythingBut,
};

function onText(operand: Json, test: (text: string, operand: string) => boolean): Test {
  if (isObject(operand)) {
    // { "prefix": { "equals-ignore-case": "x" } }
    const other = textOf(operand["equals-ignore-case"]).toLowerCase();
    return (value) => typeof value === "string" && test(value.toLowerCase(), other);
  }
  const other = textOf(operand);
  return (value) => typeof value === "string" && test(value, other);
}

function anythingBut(operand: Json): Test {
  const excluded = (Array.isArray(operand) ? operand : [operand]) as Json[];
  const tests = excluded.map((one): Test => {
    if (!isObject(one)) return (value) => value === one;
    const [[name, inner] = ["", undefined]] = Object.entries(one);
    const operands = (Array.isArray(inner) ? inner : [inner]) as Json[];
    const test = ["prefix", "suffix", "equals-ignore-case", "wildcard"].includes(name)
      ? OPERATORS[name]
      : undefined;
    if (test === undefined) throw new PatternError(`anything-but does not have ${name}.`);
    const matchers = operands.map((each) => test(each));
    return (value) => matchers.some((matches) => matches(value));
  });
  return (value) => !isObject(value) && !tests.some((matches) => matches(value));
}

const COMPARISONS: Readonly<Record<string, (value: number, other: number) => boolean>> = {
  "=": (value, other) => value === other,
  "<": (value, other) => value < other,
  "<=": (value, other) => value <= other,
  ">": (value, other) => value > other,
  ">=": (value, other) => value >= other,
};

function numericTest(operand: Json): Test {
  if (!Array.isArray(operand) || ![2, 4].includes(operand.length)) {
    throw new PatternError("numeric needs one or two pairs of a comparison and a number.");
  }
  const pairs = [operand.slice(0, 2), operand.slice(2)].filter((pair) => pair.length > 0);
  const tests = pairs.map(([sign, number]) => {
    const compare = COMPARISONS[String(sign)];
    if (compare === undefined || typeof number !== "number") {
      throw new PatternError("numeric needs =, <, <=, > or >= and a number.");
    }
    return (value: number) => compare(value, number);
  });
  return (value) => typeof value === "number" && tests.every((matches) => matches(value));
}

/** `*` is any text; `\*` and `\\` stand for themselves. */
function wildcardOf(text: string): RegExp {
  if (text.includes("**")) throw new PatternError("Two wildcards cannot follow each other.");
  const source = text.replaceAll(/\\([*\\])|\*|[$()+./?[\\\]^{|}]/g, (match, escaped?: string) => {
    if (escaped !== undefined) return `\\${escaped}`;
    return match === "*" ? "[^]*" : `\\${match}`;
  });
  return new RegExp(`^${source}$`, "u");
}

function blockOf(cidr: string): BlockList {
  const [address = "", bits = ""] = cidr.split("/");
  if (isIP(address) === 0 || !/^\d{1,3}$/.test(bits)) {
    throw new PatternError(`${cidr} is not a range of addresses.`);
  }
  const block = new BlockList();
  block.addSubnet(address, Number(bits), familyOf(address));
  return block;
}

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

function textOf(operand: Json): string {
  if (typeof operand === "string") return operand;
  throw new PatternError("The operand must be a text.");
}

const isObject = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
