import type { Condition } from "./condition.ts";
import type { PolicyError } from "./error.ts";
import type { PrincipalSet } from "./principal.ts";

/**
 * What a policy is attached to: an identity (the permissions of a role or user), a resource (a
 * bucket, a queue), or a role as its trust policy (who can assume it).
 */
export type PolicyKind = "identity" | "resource" | "trust";

/** A validated policy. Lists are lists also where the JSON has a single string. */
export interface PolicyDocument {
  kind: PolicyKind;
  version: "2012-10-17" | "2008-10-17";
  id: string | undefined;
  statements: readonly Statement[];
}

export interface Statement {
  sid: string | undefined;
  effect: "Allow" | "Deny";
  /** `undefined` in identity policies. */
  principals: { not: boolean; set: PrincipalSet } | undefined;
  actions: Patterns;
  /** `undefined` in trust policies, whose resource is the role. */
  resources: Patterns | undefined;
  conditions: readonly Condition[];
}

/**
 * The patterns of an element. `not`: the element was `NotAction` or `NotResource`, and means all
 * others.
 */
export interface Patterns {
  not: boolean;
  patterns: readonly string[];
}

/** A policy and the name that decisions report; `error` if the policy is not valid. */
export type NamedPolicy = { name: string } & (
  | { document: PolicyDocument }
  | { error: PolicyError }
);
