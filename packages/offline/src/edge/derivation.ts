import type { ContextValue } from "@waybill/iam";

import type { Derivation, Requirement } from "./requirement.ts";

/**
 * Derives the permissions that a call needs. `operation` is its name in the log; `requirementsOf`
 * reads the body of the request, and throws `UnknownRequestError` for a call that is unknown or
 * malformed.
 */
export function derive(
  operation: string,
  body: unknown,
  requirementsOf: (body: Body) => Requirement[],
): Derivation {
  try {
    if (!isBody(body)) throw new UnknownRequestError("the body is not a JSON object");
    const requirements = requirementsOf(body);
    // A call without requirements would be allowed for every caller.
    if (requirements.length === 0) throw new UnknownRequestError("the call names no resource");
    return { ok: true, requirements };
  } catch (error) {
    if (!(error instanceof UnknownRequestError)) throw error;
    return { ok: false, problem: `${operation}: ${error.message}` };
  }
}

/** The call is unknown or malformed. `derive` catches it, and the edge denies the request. */
export class UnknownRequestError extends Error {
  override readonly name = "UnknownRequestError";
  readonly code = "request.unknown";
  readonly retry = false;
}

/** The members of a JSON object. */
export type Body = Readonly<Record<string, unknown>>;

export function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Throws `UnknownRequestError` if the value is not an object. */
export function bodyOf(value: unknown, what: string): Body {
  if (isBody(value)) return value;
  throw new UnknownRequestError(`${what} is not an object`);
}

/** Throws `UnknownRequestError` if the value is not a list of objects. */
export function bodiesOf(value: unknown, what: string): Body[] {
  if (!Array.isArray(value)) throw new UnknownRequestError(`${what} is not a list`);
  return value.map((item, index) => bodyOf(item, `${what}[${index}]`));
}

/** Throws `UnknownRequestError` if the member is not a string. */
export function textOf(body: Body, name: string): string {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  if (typeof value === "string") return value;
  throw new UnknownRequestError(`${name} is not a string`);
}

/** Returns the tags of a request as the condition keys `aws:TagKeys` and `aws:RequestTag/…`. */
export function tagContext(
  tags: readonly (readonly [string, string])[],
): Record<string, ContextValue> {
  if (tags.length === 0) return {};
  return {
    "aws:TagKeys": tags.map(([key]) => key),
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  };
}
