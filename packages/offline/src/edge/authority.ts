import {
  type Decision,
  denialMessage,
  evaluate,
  loadPolicy,
  type NamedPolicy,
  type Principal,
  type RequestContext,
} from "@waybill/iam";

import { isKnownKey } from "./condition-keys.ts";
import type { Place, Requirement } from "./requirement.ts";

/** A role, with its policies as texts and the names that a log gives them. */
export interface Role {
  name: string;
  arn: string;
  policies: { name: string; document: string }[];
  /** ARNs of policies that AWS manages. */
  managed: string[];
  /** The policy that says who may assume it. */
  trust: string;
}

/** The policy of a resource. */
export interface ResourcePolicy {
  /** As a log names it. */
  name: string;
  document: string;
}

/** A request that was denied, for the log. */
export interface Denial {
  caller: string;
  action: string;
  resource: string;
  reason: string;
}

/** The response to a denied request, in AWS's words. */
export interface DenialMessage {
  message: string;
}

/** What AWS's managed policies grant, of those that SST attaches (IAM, "AWS managed policies"). */
const MANAGED: Record<string, string> = {
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

/** Decides who may do what in a stage, by the policies that a deployment would give its roles and resources. */
export class Authority {
  readonly #place: Place;
  readonly #onDenied: (denial: Denial) => void;
  readonly #policyOf: (resource: string) => ResourcePolicy | undefined;
  readonly #ofRoles: ReadonlyMap<string, NamedPolicy[]>;
  readonly #ofResources = new Map<string, { document: string; policies: NamedPolicy[] }>();
  #withheld = new Set<string>();

  /** `policyOf` is the current policy of a resource, by ARN. The owner of a resource can change it at any time. */
  constructor(
    roles: readonly Role[],
    policyOf: (resource: string) => ResourcePolicy | undefined,
    place: Place,
    onDenied: (denial: Denial) => void,
  ) {
    this.#place = place;
    this.#onDenied = onDenied;
    this.#policyOf = policyOf;
    this.#ofRoles = new Map(roles.map((role) => [role.arn, policiesOf(role)]));
  }

  /** For tests: decides from now on as if the policies of these roles did not grant these actions. */
  withhold(withheld: readonly { role: string; action: string }[]): void {
    this.#withheld = new Set(withheld.map(({ role, action }) => grantOf(role, action)));
  }

  /** Returns undefined if everything is allowed, else the first denial, which it also logs. */
  deny(
    principal: Principal,
    requirements: readonly Requirement[],
    context: RequestContext = {},
  ): DenialMessage | undefined {
    for (const requirement of requirements) {
      const { request, decision, unknown } = this.#decide(principal, requirement, context);
      if (decision.allowed) continue;
      const undecided =
        unknown.size > 0
          ? `, and offline does not know the value of ${[...unknown].join(", ")}`
          : "";
      const { action, resource } = requirement;
      const reason = `${reasonOf(decision)}${undecided}`;
      this.#onDenied({ caller: nameOf(principal), action, resource, reason });
      return { message: denialMessage(request, decision) };
    }
    return undefined;
  }

  /** Checks a permission without logging a denial. */
  allows(principal: Principal, requirement: Requirement, context: RequestContext = {}): boolean {
    return this.#decide(principal, requirement, context).decision.allowed;
  }

  #decide(
    principal: Principal,
    { action, resource, context: own }: Requirement,
    context: RequestContext,
  ) {
    const unknown = new Set<string>();
    const request = {
      principal,
      action,
      resource,
      owner: this.#place.accountId,
      context: { ...context, ...own, ...this.#ownContext(principal) },
      isKnown: (key: string) => {
        if (!isKnownKey(key)) unknown.add(key);
        return isKnownKey(key);
      },
    };
    const decision: Decision = this.#isWithheld(principal, action)
      ? { allowed: false, reason: "implicit_deny" }
      : evaluate(request, {
          identity: principal.type === "role" ? (this.#ofRoles.get(principal.arn) ?? []) : [],
          resource: this.#policiesOf(resource),
        });
    return { request, decision, unknown };
  }

  /** The condition keys that AWS adds to every request. */
  #ownContext(principal: Principal): RequestContext {
    const now = new Date();
    return {
      // The edge is plain HTTP, but nothing leaves the machine.
      "aws:SecureTransport": "true",
      "s3:TlsVersion": "1.3",
      "aws:CurrentTime": now.toISOString(),
      "aws:EpochTime": String(Math.floor(now.getTime() / 1000)),
      "aws:RequestedRegion": this.#place.region,
      "aws:ViaAWSService": "false",
      "s3:ResourceAccount": this.#place.accountId,
      // Only temporary credentials have it.
      "aws:MultiFactorAuthPresent": principal.type === "role" ? "false" : undefined,
    };
  }

  /** Denies a request that is not understood, to every caller: no policy can decide about it. */
  denyUnknown(principal: Principal, action: string, problem: string): DenialMessage {
    this.#onDenied({ caller: nameOf(principal), action, resource: "*", reason: problem });
    return { message: problem };
  }

  #isWithheld(principal: Principal, action: string): boolean {
    return principal.type === "role" && this.#withheld.has(grantOf(principal.arn, action));
  }

  /** Checks whether a role can be assumed by a service, such as `lambda.amazonaws.com`. */
  mayAssume(role: Role, service: string): boolean {
    const decision = evaluate(
      {
        principal: { type: "service", service },
        action: "sts:AssumeRole",
        resource: role.arn,
        owner: this.#place.accountId,
        context: {},
      },
      { identity: [], resource: [loadPolicy(`the trust of ${role.name}`, role.trust, "trust")] },
    );
    return decision.allowed;
  }

  #policiesOf(resource: string): NamedPolicy[] {
    const policy = this.#policyOf(resource);
    if (policy === undefined) return [];
    const known = this.#ofResources.get(policy.name);
    if (known?.document === policy.document) return known.policies;
    const policies = [loadPolicy(policy.name, policy.document, "resource")];
    this.#ofResources.set(policy.name, { document: policy.document, policies });
    return policies;
  }
}

const grantOf = (role: string, action: string): string => `${role} ${action.toLowerCase()}`;

function policiesOf({ name, policies, managed }: Role): NamedPolicy[] {
  return [
    ...policies.map((policy) =>
      loadPolicy(`${policy.name} of ${name}`, policy.document, "identity"),
    ),
    // A managed policy that is not listed here denies everything, and the log says so.
    ...managed.map((arn) => loadPolicy(arn, MANAGED[arn] ?? "", "identity")),
  ];
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
      return `${decision.policy} cannot be understood: ${decision.error.message}`;
    case "implicit_deny":
      return "nothing allows it";
    case "cross_account":
      return `no ${decision.missing} policy allows it`;
  }
}
