import {
  type Decision,
  denialMessage,
  evaluate,
  loadPolicy,
  type NamedPolicy,
  PolicyError,
  type Principal,
  type RequestContext,
} from "@waybill/iam";

import { knownKeys } from "./condition-keys.ts";
import type { Place, Requirement } from "./requirement.ts";

/** A role with its policies, which are JSON texts. */
export interface Role {
  name: string;
  arn: string;
  policies: { name: string; document: string }[];
  /** ARNs of AWS managed policies. */
  managed: string[];
  /** The trust policy, which lists the principals that can assume the role. */
  trust: string;
}

/** The policy of a resource. */
export interface ResourcePolicy {
  /** The name in the log. */
  name: string;
  document: string;
}

/** A denied request, for the log. */
export interface Denial {
  caller: string;
  action: string;
  resource: string;
  reason: string;
}

/** The AWS managed policies that SST attaches (AWS Managed Policy Reference Guide), by ARN. */
const MANAGED_POLICIES: Record<string, string> = {
  "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: "*",
      },
    ],
  }),
};

/** Authorizes requests with the policies that a deployment would give the roles and resources. */
export class Authority {
  readonly #place: Place;
  readonly #onDenied: (denial: Denial) => void;
  readonly #policyOf: (resource: string) => ResourcePolicy | undefined;
  readonly #rolePolicies: ReadonlyMap<string, NamedPolicy[]>;
  readonly #isKnownKey: (key: string) => boolean;
  /** The parsed policies of resources, by name. */
  readonly #parsed = new Map<string, { document: string; policies: NamedPolicy[] }>();
  #withheld = new Set<string>();

  /**
   * `policyOf` returns the current policy of a resource, by ARN. It is called for every request,
   * because an API call can change a policy at any time. `conditionKeys` are those of the services.
   */
  constructor(
    roles: readonly Role[],
    policyOf: (resource: string) => ResourcePolicy | undefined,
    place: Place,
    onDenied: (denial: Denial) => void,
    conditionKeys: readonly string[],
  ) {
    this.#place = place;
    this.#onDenied = onDenied;
    this.#policyOf = policyOf;
    this.#isKnownKey = knownKeys(conditionKeys);
    this.#rolePolicies = new Map(roles.map((role) => [role.arn, policiesOf(role)]));
  }

  /** For tests: until the next call, denies these actions to these roles. */
  withhold(withheld: readonly { role: string; action: string }[]): void {
    this.#withheld = new Set(withheld.map(({ role, action }) => grantOf(role, action)));
  }

  /**
   * Checks requirements and logs the first one that is not met. Returns the message of the denial,
   * in AWS's words, or undefined if all are met.
   */
  denialFor(
    principal: Principal,
    requirements: readonly Requirement[],
    context: RequestContext = {},
  ): string | undefined {
    for (const requirement of requirements) {
      const { request, decision, unknown } = this.#decide(principal, requirement, context);
      if (decision.allowed) continue;
      const undecided =
        unknown.size > 0 ? `; offline does not know the value of ${[...unknown].join(", ")}` : "";
      const { action, resource } = requirement;
      const reason = `${reasonOf(decision)}${undecided}`;
      this.#onDenied({ caller: nameOf(principal), action, resource, reason });
      return denialMessage(request, decision);
    }
    return undefined;
  }

  /** Checks a permission without logging a denial. */
  allows(principal: Principal, requirement: Requirement, context: RequestContext = {}): boolean {
    return this.#decide(principal, requirement, context).decision.allowed;
  }

  #decide(
    principal: Principal,
    { action, resource, context: requirementContext }: Requirement,
    context: RequestContext,
  ) {
    const unknown = new Set<string>();
    const request = {
      principal,
      action,
      resource,
      owner: this.#place.accountId,
      context: { ...context, ...requirementContext, ...this.#ownContext(principal) },
      isKnown: (key: string) => {
        const isKnown = this.#isKnownKey(key);
        if (!isKnown) unknown.add(key);
        return isKnown;
      },
    };
    const decision: Decision = this.#isWithheld(principal, action)
      ? { allowed: false, reason: "implicit_deny" }
      : evaluate(request, {
          identity: principal.type === "role" ? (this.#rolePolicies.get(principal.arn) ?? []) : [],
          resource: this.#policiesOf(resource),
        });
    return { request, decision, unknown };
  }

  /** The condition keys that AWS adds to every request. */
  #ownContext(principal: Principal): RequestContext {
    const now = new Date();
    return {
      // The edge speaks plain HTTP, but only on 127.0.0.1. On AWS the requests would use TLS.
      "aws:SecureTransport": "true",
      "s3:TlsVersion": "1.3",
      "aws:CurrentTime": now.toISOString(),
      "aws:EpochTime": String(Math.floor(now.getTime() / 1000)),
      "aws:RequestedRegion": this.#place.region,
      "aws:ViaAWSService": "false",
      "s3:ResourceAccount": this.#place.accountId,
      // Present only with temporary credentials (IAM User Guide, "aws:MultiFactorAuthPresent").
      "aws:MultiFactorAuthPresent": principal.type === "role" ? "false" : undefined,
    };
  }

  /**
   * Denies a request that is unknown or malformed, for every caller: no policy can be evaluated for
   * it. Logs the problem, which is also the message of the denial.
   */
  denyUnknown(principal: Principal, action: string, problem: string): string {
    this.#onDenied({ caller: nameOf(principal), action, resource: "*", reason: problem });
    return problem;
  }

  #isWithheld(principal: Principal, action: string): boolean {
    return principal.type === "role" && this.#withheld.has(grantOf(principal.arn, action));
  }

  /** Returns whether a service, such as `lambda.amazonaws.com`, can assume a role. */
  mayAssume(role: Role, service: string): boolean {
    const decision = evaluate(
      {
        principal: { type: "service", service },
        action: "sts:AssumeRole",
        resource: role.arn,
        owner: this.#place.accountId,
        context: {},
      },
      {
        identity: [],
        resource: [loadPolicy(`the trust policy of ${role.name}`, role.trust, "trust")],
      },
    );
    return decision.allowed;
  }

  #policiesOf(resource: string): NamedPolicy[] {
    const policy = this.#policyOf(resource);
    if (policy === undefined) return [];
    const parsed = this.#parsed.get(policy.name);
    if (parsed?.document === policy.document) return parsed.policies;
    const policies = [loadPolicy(policy.name, policy.document, "resource")];
    this.#parsed.set(policy.name, { document: policy.document, policies });
    return policies;
  }
}

const grantOf = (roleArn: string, action: string): string => `${roleArn} ${action.toLowerCase()}`;

function policiesOf({ name, policies, managed }: Role): NamedPolicy[] {
  return [
    ...policies.map((policy) =>
      loadPolicy(`${policy.name} of ${name}`, policy.document, "identity"),
    ),
    ...managed.map(managedPolicy),
  ];
}

/** An unknown managed policy denies every request of its role: its statements could be `Deny`. */
function managedPolicy(arn: string): NamedPolicy {
  const document = MANAGED_POLICIES[arn];
  if (document !== undefined) return loadPolicy(arn, document, "identity");
  const problem = "offline does not know the statements of this AWS managed policy";
  return { name: arn, error: new PolicyError("policy.missing_element", "", problem) };
}

function nameOf(principal: Principal): string {
  switch (principal.type) {
    case "role":
    case "user":
      return principal.arn;
    case "service":
      return principal.service;
    case "root":
    case "anonymous":
      return principal.type;
  }
}

function reasonOf(decision: Extract<Decision, { allowed: false }>): string {
  switch (decision.reason) {
    case "explicit_deny":
      return `denied by statement ${decision.statement.sid ?? decision.statement.index} of ${decision.statement.policy}`;
    case "invalid_policy":
      return `${decision.policy} cannot be evaluated: ${decision.error.message}`;
    case "implicit_deny":
      return "no policy allows it";
    case "cross_account":
      return `no ${decision.missing}-based policy allows it`;
  }
}
