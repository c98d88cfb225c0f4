import { UNKNOWN, type Context } from "./context.ts";

/** Any number of characters, including none: an unescaped `*`. */
const ANY = Symbol("*");
/** Any one character: an unescaped `?`. */
const ONE = Symbol("?");

interface Variable {
  /** The condition key, in lower case. */
  key: string;
  fallback: string | undefined;
}
type Token = string | typeof ANY | typeof ONE;

/** Parsed text of a policy: literal text, wildcards and policy variables. */
export type Template = readonly (Token | Variable)[];

export interface Syntax {
  /** Whether `*` and `?` are wildcards. */
  wildcards: boolean;
  /** Whether `${…}` is a policy variable: since version 2012-10-17 of the policy language. */
  variables: boolean;
}

/** Why a template could not be filled in: the variable has no value, or its value is `UNKNOWN`. */
export type Unresolved = "no_value" | "unknown";

const VARIABLE_NAME = /^[^\s,'"{}$:][^,'"{}$:]*:[^,'"{}$]*[^\s,'"{}$]$/;

/**
 * Parses the text of a policy.
 *
 * Throws `SyntaxError` for a `${` that does not start a variable.
 */
export function parseTemplate(text: string, syntax: Syntax): Template {
  const template: (Token | Variable)[] = [];
  let literal = "";
  const add = (token: Exclude<Token, string> | Variable) => {
    if (literal !== "") template.push(literal);
    literal = "";
    template.push(token);
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (syntax.wildcards && char === "*") {
      if (literal !== "" || template.at(-1) !== ANY) add(ANY);
    } else if (syntax.wildcards && char === "?") add(ONE);
    else if (syntax.variables && char === "$" && text[at + 1] === "{") {
      const { value, end } = parseVariable(text, at);
      if (typeof value === "string") literal += value;
      else add(value);
      at = end;
    } else literal += char;
  }
  if (literal !== "") template.push(literal);
  return template;
}

/** `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for the character itself. */
function parseVariable(text: string, start: number): { value: string | Variable; end: number } {
  const found = /^\$\{(?:([*?$])|([^},]*)(?:,\s*'([^']*)'\s*)?)\}/.exec(text.slice(start));
  const [whole, special, name, fallback] = found ?? [];
  if (whole === undefined || (special === undefined && !VARIABLE_NAME.test(name ?? ""))) {
    throw new SyntaxError(
      `${JSON.stringify(text)} has a "\${" that does not start a policy variable; write \${key}, \${key, 'default'} or \${$} for a "$"`,
    );
  }
  const end = start + whole.length - 1;
  if (special !== undefined) return { value: special, end };
  return { value: { key: (name ?? "").toLowerCase(), fallback }, end };
}

export const hasVariables = (template: Template): boolean =>
  template.some((part) => typeof part === "object");

/** The template with its variables filled in. A value is literal, even if it contains a `*`. */
function resolve(template: Template, context: Context): readonly Token[] | Unresolved {
  const tokens: Token[] = [];
  for (const part of template) {
    if (typeof part !== "object") {
      tokens.push(part);
      continue;
    }
    const value = context.get(part.key);
    if (value === UNKNOWN) return "unknown";
    // A key with several values cannot be used as a variable.
    const text = typeof value === "object" ? undefined : value;
    const filled = text ?? part.fallback;
    if (filled === undefined) return "no_value";
    tokens.push(filled);
  }
  return tokens;
}

const isTokens = (template: Template): template is readonly Token[] => !hasVariables(template);

/** Returns whether a value matches; `Unresolved` if a variable could not be filled in. */
export type Matcher = (value: string, context: Context) => boolean | Unresolved;

/**
 * A matcher for a whole value, compiled once. `fold` is applied to the policy's text and to the
 * value.
 */
export function matcherOf(
  template: Template,
  fold: (text: string) => string = (text) => text,
): Matcher {
  const folded = (tokens: readonly Token[]) =>
    tokens.map((token) => (typeof token === "string" ? fold(token) : token));
  if (isTokens(template)) {
    const matches = compileTokens(folded(template));
    return (value) => matches(fold(value));
  }
  return (value, context) => {
    const tokens = resolve(template, context);
    return typeof tokens === "string" ? tokens : matchTokens(folded(tokens), fold(value));
  };
}

/** The common patterns need no search: a literal, `*`, and a prefix followed by `*`. */
function compileTokens(tokens: readonly Token[]): (value: string) => boolean {
  const [first, second] = tokens;
  if (tokens.length === 0) return (value) => value === "";
  if (tokens.length === 1 && typeof first === "string") return (value) => value === first;
  if (tokens.length === 1 && first === ANY) return () => true;
  if (tokens.length === 2 && typeof first === "string" && second === ANY) {
    return (value) => value.startsWith(first);
  }
  return (value) => matchTokens(tokens, value);
}

/**
 * The number of UTF-16 units that the token matches at `at`; -1 if it does not match. A `?` matches
 * a whole code point.
 */
function lengthOfMatch(token: string | typeof ONE, value: string, at: number): number {
  if (typeof token === "string") return value.startsWith(token, at) ? token.length : -1;
  const point = value.codePointAt(at);
  if (point === undefined) return -1;
  return point > 0xffff ? 2 : 1;
}

/**
 * Greedy search that backtracks only to the last `*`, so that a hostile key cannot make it slow.
 */
function matchTokens(tokens: readonly Token[], value: string): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (true) {
    const current = tokens[token];
    if (current === ANY) {
      star = token;
      starAt = at;
      token += 1;
      continue;
    }
    if (current === undefined) {
      if (at === value.length) return true;
    } else {
      const length = lengthOfMatch(current, value, at);
      if (length >= 0) {
        at += length;
        token += 1;
        continue;
      }
    }
    if (star < 0 || starAt >= value.length) return false;
    starAt += 1;
    at = starAt;
    token = star + 1;
  }
}

/**
 * The fields of an ARN pattern: five that end at a colon, and the rest. Variables are kept whole,
 * so a pattern whose ARN comes from a variable is not split here.
 */
export function splitTemplate(template: Template): Template[] {
  const fields: (Token | Variable)[][] = [[]];
  for (const part of template) {
    if (typeof part !== "string") {
      fields.at(-1)?.push(part);
      continue;
    }
    let rest = part;
    while (fields.length < 6) {
      const colon = rest.indexOf(":");
      if (colon < 0) break;
      if (colon > 0) fields.at(-1)?.push(rest.slice(0, colon));
      fields.push([]);
      rest = rest.slice(colon + 1);
    }
    if (rest !== "") fields.at(-1)?.push(rest);
  }
  return fields;
}

/** The template with its variables filled in, as a template without any. */
export function fill(template: Template, context: Context): Template | Unresolved {
  return isTokens(template) ? template : resolve(template, context);
}

export const isOnlyStar = (template: Template): boolean =>
  template.length === 1 && template[0] === ANY;
export const hasWildcard = (template: Template): boolean =>
  template.includes(ANY) || template.includes(ONE);
export const endsWithStar = (template: Template): boolean => template.at(-1) === ANY;
