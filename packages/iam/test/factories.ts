import type { NamedPolicy, PolicyKind } from "../src/document.ts";
import { evaluate, type AccessRequest, type Decision } from "../src/evaluate.ts";
import { loadPolicy } from "../src/policy.ts";
import type { Principal } from "../src/principal.ts";

export const ACCOUNT = "111122223333";
export const OTHER_ACCOUNT = "444455556666";

export const role = (
  name = "Ingest",
  accountId = ACCOUNT,
): Extract<Principal, { type: "role" }> => ({
  type: "role",
  arn: `arn:aws:iam::${accountId}:role/${name}`,
  accountId,
  session: "run",
  roleId: "AROAEXAMPLE",
});
export const user = (name: string, accountId = ACCOUNT): Principal => ({
  type: "user",
  arn: `arn:aws:iam::${accountId}:user/${name}`,
  accountId,
});
export const service = (name: string): Principal => ({ type: "service", service: name });
export const root: Principal = { type: "root", accountId: ACCOUNT };
export const anonymous: Principal = { type: "anonymous" };

/** By default, the ingest role reads an object. */
export const accessRequest = (changes: Partial<AccessRequest> = {}): AccessRequest => ({
  principal: role(),
  action: "s3:GetObject",
  resource: "arn:aws:s3:::bucket/key",
  owner: ACCOUNT,
  context: {},
  ...changes,
});

type Json = Record<string, unknown>;

export const policyJson = (...statements: Json[]): Json => ({
  Version: "2012-10-17",
  Statement: statements,
});

/**
 * A policy of these statements. The defaults of a statement are `Allow`, `s3:GetObject` and `*`.
 */
export const policy = (kind: PolicyKind, ...statements: Json[]): NamedPolicy =>
  loadPolicy(kind, policyJson(...statements.map((statement) => complete(kind, statement))), kind);

export function complete(kind: PolicyKind, statement: Json): Json {
  const has = (name: string) => name in statement || `Not${name}` in statement;
  return {
    Effect: "Allow",
    ...(!has("Action") && { Action: "s3:GetObject" }),
    ...(!has("Resource") && kind !== "trust" && { Resource: "*" }),
    ...(!has("Principal") && kind !== "identity" && { Principal: "*" }),
    ...statement,
  };
}

/** The decision with one identity-based policy. */
export const byIdentity = (request: Partial<AccessRequest>, ...statements: Json[]): Decision =>
  evaluate(accessRequest(request), { identity: [policy("identity", ...statements)] });

/** The decision with one resource-based policy and no other. */
export const byResource = (request: Partial<AccessRequest>, ...statements: Json[]): Decision =>
  evaluate(accessRequest(request), { identity: [], resource: [policy("resource", ...statements)] });

export const isAllowed = (request: Partial<AccessRequest>, ...statements: Json[]): boolean =>
  byIdentity(request, ...statements).allowed;
