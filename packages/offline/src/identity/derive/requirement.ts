import type { ContextValue } from "@waybill/iam";

/** One thing that a call does: it is allowed only if all of them are. */
export interface Requirement {
  action: string;
  /** An ARN, or "*" where the action concerns no one resource. */
  resource: string;
  context: Record<string, ContextValue>;
}

/** Where the service stands that is called. */
export interface Place {
  region: string;
  accountId: string;
  /** `aws` where it is not given. */
  partition?: string;
}

export type Derivation = { ok: true; requirements: Requirement[] } | { ok: false; problem: string };

/** A call that is not known, or not in the form that is known. Only `derive` sees it: the answer is a denial. */
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

/** @throws UnknownRequest where it is no object */
export function bodyOf(value: unknown, what: string): Body {
  if (isBody(value)) return value;
  throw new UnknownRequest(`${what} is no object`);
}

/** @throws UnknownRequest where it is no list of objects */
export function bodiesOf(value: unknown, what: string): Body[] {
  if (!Array.isArray(value)) throw new UnknownRequest(`${what} is no list`);
  return value.map((item, index) => bodyOf(item, `${what}[${index}]`));
}

/** @throws UnknownRequest where there is no such text */
export function textOf(body: Body, name: string): string {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  if (typeof value === "string") return value;
  throw new UnknownRequest(`${name} is no string`);
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
