import type { ContextValue } from "@waybill/iam";

import type { Derivation, Requirement } from "./requirement.ts";

/**
 * Derives what a call needs. `operation` names it in the log, and `requirementsOf` reads the body of the request. A call that is
 * not known or malformed has no requirements, so it must be denied.
 */
export function derive(
  operation: string,
  body: unknown,
  requirementsOf: (body: Body) => Requirement[],
): Derivation {
  try {
    if (!isBody(body)) throw new UnknownRequest("the body is not a JSON object");
    const requirements = requirementsOf(body);
    // Without a requirement, a call would need no permission at all.
    if (requirements.length === 0) throw new UnknownRequest("the call names no resource");
    return { ok: true, requirements };
  } catch (error) {
    if (!(error instanceof UnknownRequest)) throw error;
    return { ok: false, problem: `${operation}: ${error.message}` };
  }
}

/** A call that is not known, or not in the form that is known. Only `derive` catches it: the request is denied. */
export class UnknownRequest extends Error {
  override readonly name = "UnknownRequest";
  readonly code = "request.unknown";
  readonly retry = false;
}

/** The members of a JSON object. */
export type Body = Readonly<Record<string, unknown>>;

export function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Throws `UnknownRequest` if the value is not an object. */
export function bodyOf(value: unknown, what: string): Body {
  if (isBody(value)) return value;
  throw new UnknownRequest(`${what} is not an object`);
}

/** Throws `UnknownRequest` if the value is not a list of objects. */
export function bodiesOf(value: unknown, what: string): Body[] {
  if (!Array.isArray(value)) throw new UnknownRequest(`${what} is not a list`);
  return value.map((item, index) => bodyOf(item, `${what}[${index}]`));
}

/** Throws `UnknownRequest` if the member is not a string. */
export function textOf(body: Body, name: string): string {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  if (typeof value === "string") return value;
  throw new UnknownRequest(`${name} is not a string`);
}

/** The tags of a request as the condition keys `aws:TagKeys` and `aws:RequestTag/…`. */
export function tagContext(
  tags: readonly (readonly [string, string])[],
): Record<string, ContextValue> {
  if (tags.length === 0) return {};
  return {
    "aws:TagKeys": tags.map(([key]) => key),
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  };
}
