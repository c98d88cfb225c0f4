import { accountOfArn } from "./arn.ts";
import { compileDocument, type NormalizedRequest } from "./compile.ts";
import { contextOf, type RequestContext } from "./context.ts";
import type { NamedPolicy } from "./document.ts";
import type { PolicyError } from "./error.ts";
import { accountOf, callerArn, principalKeys, type Principal } from "./principal.ts";

/**
 * One action on one resource. An API call that needs several permissions is several requests; all
 * must be allowed.
 */
export interface AccessRequest {
  principal: Principal;
  /** `s3:GetObject`, in any letter case. */
  action: string;
  /** The ARN, in which a `*` is literal, or "*" for an action without a resource. */
  resource: string;
  /**
   * The account that owns the resource if its ARN has no account field: a bucket, an object, and
   * "*".
   */
  owner: string;
  /**
   * The condition keys of the request. The keys of the principal and the owner (`aws:PrincipalArn`,
   * `aws:username`, `aws:ResourceAccount`, …) are added, and take precedence.
   */
  context: RequestContext;
  /**
   * Returns whether a condition key (in lower case) that `context` lacks is known to be absent. AWS
   * may have a value for the others, so what depends on them is decided against the caller. The
   * default is that all are absent.
   */
  isKnown?: (key: string) => boolean;
}

export interface Policies {
  /** The policies of the calling identity. Services and anonymous callers have none. */
  identity: readonly NamedPolicy[];
  /**
   * The policies of the resource: of a bucket, a queue, a function; for `sts:AssumeRole`, the
   * role's trust policy.
   */
  resource?: readonly NamedPolicy[];
}

/** The statement that made the decision. */
export interface StatementRef {
  policy: string;
  sid: string | undefined;
  /** Its index in the policy, from 0. */
  index: number;
}

export type Decision =
  | {
      allowed: true;
      /**
       * `root`: the root user of the owner's account, which needs no policy. `both`: the caller is
       * in another account.
       */
      reason: "identity_allow" | "resource_allow" | "both" | "root";
      statement?: StatementRef;
    }
  | {
      allowed: false;
      reason: "explicit_deny";
      in: "identity" | "resource";
      statement: StatementRef;
    }
  /** No policy allows it. */
  | { allowed: false; reason: "implicit_deny" }
  /** The caller is in another account, and one of the two sides does not allow it. */
  | { allowed: false; reason: "cross_account"; missing: "identity" | "resource" }
  /** An attached policy is not valid, so what it denies is not known. */
  | { allowed: false; reason: "invalid_policy"; policy: string; error: PolicyError };

interface Allows {
  direct?: StatementRef;
  account?: StatementRef;
}

/**
 * Decides one request by IAM's documented logic (IAM User Guide, "Policy evaluation logic" and
 * "Cross-account policy evaluation logic"): the default is to deny; an explicit deny overrides
 * every allow; within an account, an allow of the caller's policies or of the resource's is enough;
 * across accounts both must allow; for a service or an anonymous caller only the resource's
 * policies count. Permissions boundaries, session policies and policies of an organization are not
 * modeled.
 */
export function evaluate(request: AccessRequest, policies: Policies): Decision {
  const { principal } = request;
  const owner = accountOfArn(request.resource) ?? request.owner;
  const resourcePolicies = policies.resource ?? [];
  const invalid = [...policies.identity, ...resourcePolicies].find((policy) => "error" in policy);
  if (invalid && "error" in invalid) {
    return { allowed: false, reason: "invalid_policy", policy: invalid.name, error: invalid.error };
  }
  const normalized: NormalizedRequest = {
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
    findDeny("identity", policies.identity, normalized, byIdentity) ??
    findDeny("resource", resourcePolicies, normalized, byResource);
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

/**
 * Matches every statement: records in `allows` the first that allows, and returns the first that
 * denies.
 */
function findDeny(
  side: "identity" | "resource",
  policies: readonly NamedPolicy[],
  request: NormalizedRequest,
  allows: Allows,
): Decision | undefined {
  for (const policy of policies) {
    if (!("document" in policy)) continue;
    for (const { effect, sid, index, applies } of compileDocument(policy.document)) {
      const applied = applies(request);
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
  // Only principals that the trust policy names, directly or by their account, can assume a role:
  // the identity's own policies are not enough.
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
 * Returns the message of a denial as AWS words it (IAM User Guide, "Troubleshoot access denied
 * error messages"). It does not name the policy: log the decision for that.
 */
export function denialMessage(
  request: AccessRequest,
  decision: Extract<Decision, { allowed: false }>,
): string {
  const caller = callerArn(request.principal);
  const who = caller === undefined ? "Anonymous" : `User: ${caller}`;
  const on = request.resource === "*" ? "" : ` on resource: ${JSON.stringify(request.resource)}`;
  const subject = `${who} is not authorized to perform: ${request.action}${on}`;
  if (decision.reason === "explicit_deny") {
    return `${subject} with an explicit deny in ${policyType(decision.in)}`;
  }
  if (decision.reason === "invalid_policy")
    return `${subject} because an attached policy is not valid`;
  const ownMissing = accountOf(request.principal) === undefined ? "resource" : "identity";
  const missing = decision.reason === "cross_account" ? decision.missing : ownMissing;
  return `${subject} because no ${missing}-based policy allows the ${request.action} action`;
}

const policyType = (side: "identity" | "resource"): string =>
  side === "identity" ? "an identity-based policy" : "a resource-based policy";
