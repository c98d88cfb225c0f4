import type { RequestContext } from "@waybill/iam";
import { functionUrlRequirements, type Requirement } from "../identity/derive/index.ts";
import { type Decision, denialMessage, evaluate } from "@waybill/iam";
import { loadPolicy, type NamedPolicy } from "@waybill/iam";
import type { Principal } from "@waybill/iam";
import type { FunctionPlan, RolePlan } from "../provision/function.ts";
import type { Plan } from "../provision/index.ts";
import { isKnownKey } from "./condition-keys.ts";

/** A request that was refused, for the log. */
export interface Denial {
  caller: string;
  action: string;
  resource: string;
  reason: string;
}

/** What a refused caller is told. */
export interface Refused {
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

/** Who may do what in a stage: the policies of its roles and resources, as they would be deployed. */
export class Authority {
  readonly #accountId: string;
  readonly #region: string;
  readonly #onDenied: (denial: Denial) => void;
  readonly #ofRoles = new Map<string, NamedPolicy[]>();
  readonly #ofBuckets = new Map<string, NamedPolicy[]>();
  readonly #ofQueues = new Map<string, { document: string; policies: NamedPolicy[] }>();
  #withheld = new Set<string>();
  #queuePolicy: (arn: string) => string | undefined = () => undefined;

  constructor(
    plan: Plan,
    { accountId, region }: { accountId: string; region: string },
    onDenied: (denial: Denial) => void,
  ) {
    this.#accountId = accountId;
    this.#region = region;
    this.#onDenied = onDenied;
    for (const { role } of plan.functions) this.#ofRoles.set(role.arn, policiesOf(role));
    for (const { name, policy } of plan.buckets) {
      if (policy === undefined) continue;
      const loaded = loadPolicy(`the policy of the bucket ${name}`, policy, "resource");
      this.#ofBuckets.set(`arn:aws:s3:::${name}`, [loaded]);
    }
  }

  /** Where the policies of queues are: whoever owns a queue may give it another at any time. */
  followQueues(policyOf: (arn: string) => string | undefined): void {
    this.#queuePolicy = policyOf;
  }

  /** For tests: from now on these roles are not granted these actions, as if their policies did not name them. */
  withhold(withheld: readonly { role: string; action: string }[]): void {
    this.#withheld = new Set(withheld.map(({ role, action }) => grantOf(role, action)));
  }

  /** @returns nothing when all of it is allowed; else the first refusal, in AWS's words. It is told of. */
  refuses(
    principal: Principal,
    requirements: readonly Requirement[],
    context: RequestContext = {},
  ): Refused | undefined {
    for (const requirement of requirements) {
      const { request, decision, unknown } = this.#decide(principal, requirement, context);
      if (decision.allowed) continue;
      const undecided =
        unknown.size > 0
          ? `, and it is not known here what ${[...unknown].join(", ")} would be`
          : "";
      const { action, resource } = requirement;
      const reason = `${reasonOf(decision)}${undecided}`;
      this.#onDenied({ caller: nameOf(principal), action, resource, reason });
      return { message: denialMessage(request, decision) };
    }
    return undefined;
  }

  /** Whether it is allowed. Nobody is refused anything, so that a no is not told of. */
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
      owner: this.#accountId,
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

  /** What AWS adds to every request by itself. */
  #ownContext(principal: Principal): RequestContext {
    const now = new Date();
    return {
      // The edge is plain HTTP, but nothing leaves the machine.
      "aws:SecureTransport": "true",
      "s3:TlsVersion": "1.3",
      "aws:CurrentTime": now.toISOString(),
      "aws:EpochTime": String(Math.floor(now.getTime() / 1000)),
      "aws:RequestedRegion": this.#region,
      "aws:ViaAWSService": "false",
      "s3:ResourceAccount": this.#accountId,
      // Only temporary credentials have it.
      "aws:MultiFactorAuthPresent": principal.type === "role" ? "false" : undefined,
    };
  }

  /** Refuses what is not understood, to everyone: no policy can be asked about it. */
  refusesUnknown(principal: Principal, action: string, problem: string): Refused {
    this.#onDenied({ caller: nameOf(principal), action, resource: "*", reason: problem });
    return { message: problem };
  }

  #isWithheld(principal: Principal, action: string): boolean {
    return principal.type === "role" && this.#withheld.has(grantOf(principal.arn, action));
  }

  /** Whether Lambda itself may take on a function's role. */
  mayAssume({ role }: FunctionPlan): boolean {
    const decision = evaluate(
      {
        principal: { type: "service", service: "lambda.amazonaws.com" },
        action: "sts:AssumeRole",
        resource: role.arn,
        owner: this.#accountId,
        context: {},
      },
      { identity: [], resource: [loadPolicy(`the trust of ${role.name}`, role.trust, "trust")] },
    );
    return decision.allowed;
  }

  /** What calling a function's URL needs. */
  urlRequirements(functionArn: string): Requirement[] {
    return functionUrlRequirements(functionArn, "AWS_IAM");
  }

  #policiesOf(resource: string): NamedPolicy[] {
    if (resource.startsWith("arn:aws:sqs:")) return this.#policiesOfQueue(resource);
    // A bucket's policy speaks for its objects as well.
    const slash = resource.startsWith("arn:aws:s3:::") ? resource.indexOf("/") : -1;
    return this.#ofBuckets.get(slash < 0 ? resource : resource.slice(0, slash)) ?? [];
  }

  #policiesOfQueue(arn: string): NamedPolicy[] {
    const document = this.#queuePolicy(arn);
    if (document === undefined) return [];
    const known = this.#ofQueues.get(arn);
    if (known?.document === document) return known.policies;
    const policies = [loadPolicy(`the policy of the queue ${arn}`, document, "resource")];
    this.#ofQueues.set(arn, { document, policies });
    return policies;
  }
}

const grantOf = (role: string, action: string): string => `${role} ${action.toLowerCase()}`;

function policiesOf({ name, policies, managed }: RolePlan): NamedPolicy[] {
  return [
    ...policies.map((policy) =>
      loadPolicy(`${policy.name} of ${name}`, policy.document, "identity"),
    ),
    // One that is not known here cannot be understood, and so denies everything, and says so.
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
