import { accountOfArn } from "./arn.ts";
import type { Question } from "./compile.ts";
import { contextOf, type RequestContext } from "./context.ts";
import type { PolicyError } from "./error.ts";
import { compiledOf, type NamedPolicy } from "./policy.ts";
import { accountOf, callerArn, principalKeys, type Principal } from "./principal.ts";

/** One action on one resource. A call that does several things is several requests, and all must be allowed. */
export interface Request {
  principal: Principal;
  /** `s3:GetObject`, in any letter case. */
  action: string;
  /** The ARN, with the key as it is (a `*` in it is a `*`), or "*" for what concerns no one resource. */
  resource: string;
  /** The account that owns a resource whose ARN has no account field: a bucket's, an object's, and "*". */
  owner: string;
  /**
   * The condition keys of the request. Those that the principal and the owner decide (`aws:PrincipalArn`, `aws:username`,
   * `aws:ResourceAccount`, …) are added, and win.
   */
  context: RequestContext;
  /**
   * Whether a condition key, in lower case, that the context lacks is known to be absent. Of others AWS may know a value, so what
   * depends on them is decided against the caller. Without it all are absent.
   */
  isKnown?: (key: string) => boolean;
}

export interface Policies {
  /** The policies of the caller's own identity; services and strangers have none. */
  identity: readonly NamedPolicy[];
  /** The policies of the resource: a bucket's, a queue's, a function's; a role's trust policy, for assuming it. */
  resource?: readonly NamedPolicy[];
}

/** The statement that decided. */
export interface StatementRef {
  policy: string;
  sid: string | undefined;
  /** Its place in the policy, from 0. */
  index: number;
}

export type Decision =
  | {
      allowed: true;
      /** `root`: the owner account's root user, which needs no policy. `both`: the caller is of another account. */
      reason: "identity_allow" | "resource_allow" | "both" | "root";
      statement?: StatementRef;
    }
  | {
      allowed: false;
      reason: "explicit_deny";
      in: "identity" | "resource";
      statement: StatementRef;
    }
  /** Nothing allows it. */
  | { allowed: false; reason: "implicit_deny" }
  /** The caller is of another account, or no account at all, and one of the two sides does not allow it. */
  | { allowed: false; reason: "cross_account"; missing: "identity" | "resource" }
  /** A policy that applies cannot be understood, so it cannot be known what it denies. */
  | { allowed: false; reason: "invalid_policy"; policy: string; error: PolicyError };

interface Allows {
  direct?: StatementRef;
  account?: StatementRef;
}

/**
 * Decides one request by IAM's documented logic (IAM User Guide, "Policy evaluation logic" and "Cross-account policy
 * evaluation logic"): everything is denied at first; an explicit deny beats every allow; within an account, the caller's own
 * policies or the resource's may allow; across accounts both must; a service and a stranger have only the resource's. Not
 * modelled: permissions boundaries, session policies, and the policies of an organization.
 */
export function evaluate(request: Request, policies: Policies): Decision {
  const { principal } = request;
  const owner = accountOfArn(request.resource) ?? request.owner;
  const resourcePolicies = policies.resource ?? [];
  const invalid = [...policies.identity, ...resourcePolicies].find((policy) => "error" in policy);
  if (invalid && "error" in invalid) {
    return { allowed: false, reason: "invalid_policy", policy: invalid.name, error: invalid.error };
  }
  const question: Question = {
    principal,
    action: request.action.toLowerCase(),
    resource: request.resource,
    context: contextOf(
      { get: (key) => (key === "aws:resourceaccount" ? owner : principalKeys(principal).get(key)) },
      request.context,
      request.isKnown ?? (() => true),
    ),
  };

  const byIdentity: Allows = {};
  const byResource: Allows = {};
  const denied =
    findDeny("identity", policies.identity, question, byIdentity) ??
    findDeny("resource", resourcePolicies, question, byResource);
  if (denied) return denied;

  const account = accountOf(principal);
  if (account === undefined) {
    return byResource.direct
      ? { allowed: true, reason: "resource_allow", statement: byResource.direct }
      : { allowed: false, reason: "implicit_deny" };
  }
  if (account === owner)
    return withinAccount(principal, byIdentity.direct, byResource, resourcePolicies);
  return acrossAccounts(principal, byIdentity.direct, byResource);
}

/** Looks at every statement: remembers what is allowed, and returns the first that denies. */
function findDeny(
  side: "identity" | "resource",
  policies: readonly NamedPolicy[],
  question: Question,
  allows: Allows,
): Decision | undefined {
  for (const policy of policies) {
    if (!("document" in policy)) continue;
    for (const { effect, sid, index, applies } of compiledOf(policy.document)) {
      const applied = applies(question);
      if (applied === undefined) continue;
      const statement = { policy: policy.name, sid, index };
      if (effect === "Deny")
        return { allowed: false, reason: "explicit_deny", in: side, statement };
      allows[applied] ??= statement;
    }
  }
  return undefined;
}

function withinAccount(
  principal: Principal,
  identityAllow: StatementRef | undefined,
  byResource: Allows,
  resourcePolicies: readonly NamedPolicy[],
): Decision {
  if (byResource.direct)
    return { allowed: true, reason: "resource_allow", statement: byResource.direct };
  if (principal.type === "root") return { allowed: true, reason: "root" };
  // A role can be assumed only by whom its trust policy names, be it by the account: there, the identity's own policies are
  // not enough.
  const isTrust = resourcePolicies.some(
    (policy) => "document" in policy && policy.document.kind === "trust",
  );
  if (identityAllow && (!isTrust || byResource.account)) {
    return { allowed: true, reason: "identity_allow", statement: identityAllow };
  }
  return { allowed: false, reason: "implicit_deny" };
}

function acrossAccounts(
  principal: Principal,
  identityAllow: StatementRef | undefined,
  byResource: Allows,
): Decision {
  const resourceAllow = byResource.direct ?? byResource.account;
  if (!resourceAllow) return { allowed: false, reason: "cross_account", missing: "resource" };
  if (principal.type !== "root" && !identityAllow) {
    return { allowed: false, reason: "cross_account", missing: "identity" };
  }
  return { allowed: true, reason: "both", statement: resourceAllow };
}

/**
 * A denial in AWS's words (IAM User Guide, "Troubleshoot access denied error messages"). It names no policy to the caller;
 * log the decision for that.
 */
export function denialMessage(
  request: Request,
  decision: Extract<Decision, { allowed: false }>,
): string {
  const caller = callerArn(request.principal);
  const who = caller === undefined ? "Anonymous" : `User: ${caller}`;
  const on = request.resource === "*" ? "" : ` on resource: ${JSON.stringify(request.resource)}`;
  const asked = `${who} is not authorized to perform: ${request.action}${on}`;
  if (decision.reason === "explicit_deny") {
    return `${asked} with an explicit deny in ${policyType(decision.in)}`;
  }
  if (decision.reason === "invalid_policy")
    return `${asked} because a policy that applies cannot be understood`;
  const ownMissing = accountOf(request.principal) === undefined ? "resource" : "identity";
  const missing = decision.reason === "cross_account" ? decision.missing : ownMissing;
  return `${asked} because no ${missing}-based policy allows the ${request.action} action`;
}

const policyType = (side: "identity" | "resource"): string =>
  side === "identity" ? "an identity-based policy" : "a resource-based policy";
