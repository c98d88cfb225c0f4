import { keysOf, type Context, type RequestContext } from "./context.ts";
import { PolicyError } from "./error.ts";

/**
 * The caller of a request. Do not change the object after its first use: what is derived from it is
 * cached.
 */
export type Principal =
  | {
      type: "role";
      /** `arn:aws:iam::<account>:role/<path/name>`. */
      arn: string;
      accountId: string;
      /**
       * With it, policies can also name the caller as
       * `arn:aws:sts::<account>:assumed-role/<name>/<session>`.
       */
      session?: string;
      /** The role's unique id, `AROA…`. With the session it makes up `aws:userid`. */
      roleId?: string;
    }
  | {
      type: "user";
      /** `arn:aws:iam::<account>:user/<path/name>`. */
      arn: string;
      accountId: string;
      /** The user's unique id, `AIDA…`. */
      userId?: string;
    }
  | { type: "root"; accountId: string }
  /** An AWS service that calls on its own behalf, such as `s3.amazonaws.com`. */
  | { type: "service"; service: string }
  /** An unsigned request. */
  | { type: "anonymous" };

/** What a `Principal` or `NotPrincipal` element lists. */
export interface PrincipalSet {
  everyone: boolean;
  /** Twelve-digit accounts, given bare or as `arn:…:root`. */
  accounts: readonly string[];
  /** ARNs of users, roles and sessions. */
  arns: readonly string[];
  services: readonly string[];
  federated: readonly string[];
  canonicalUsers: readonly string[];
}

/**
 * How a principal is named: directly; by its account, which only delegates the decision to that
 * account's own policies; not at all; or by something that cannot be compared here (a canonical
 * user id).
 */
export type Naming = "direct" | "account" | "none" | "unknown";

const ACCOUNT = /^\d{12}$/;
const ROOT = /^arn:aws[a-z-]*:iam::(\d{12}):root$/;
const IDENTITY =
  /^arn:aws[a-z-]*:(?:iam::\d{12}:(?:role|user)|sts::\d{12}:(?:assumed-role|federated-user))\/[\w+=,.@/-]+$/;
const SERVICE = /^[a-z0-9][a-z0-9.-]*\.(?:amazonaws\.com(?:\.cn)?|internal|aws\.internal)$/;

/**
 * Parses `"*"` or `{"AWS": …, "Service": …, "Federated": …, "CanonicalUser": …}`.
 *
 * Throws `PolicyError` `policy.bad_principal`.
 */
export function parsePrincipals(value: unknown, where: string): PrincipalSet {
  const none: PrincipalSet = {
    everyone: false,
    accounts: [],
    arns: [],
    services: [],
    federated: [],
    canonicalUsers: [],
  };
  if (value === "*") return { ...none, everyone: true };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PolicyError(
      "policy.bad_principal",
      where,
      'must be "*" or an object such as {"AWS": "arn:…"}',
    );
  }
  const entries = Object.entries(value).filter(([, listed]) => listed !== undefined);
  if (entries.length === 0)
    throw new PolicyError("policy.bad_principal", where, "must list a principal");
  const parsed = entries.map(([type, listed]) => parseOneType(type, listed, where));
  return {
    everyone: parsed.some((set) => set.everyone === true),
    accounts: parsed.flatMap((set) => set.accounts ?? []),
    arns: parsed.flatMap((set) => set.arns ?? []),
    services: parsed.flatMap((set) => set.services ?? []),
    federated: parsed.flatMap((set) => set.federated ?? []),
    canonicalUsers: parsed.flatMap((set) => set.canonicalUsers ?? []),
  };
}

function parseOneType(type: string, listed: unknown, where: string): Partial<PrincipalSet> {
  const ids: unknown[] = Array.isArray(listed) ? listed : [listed];
  const texts = ids.filter((id) => typeof id === "string");
  if (texts.length !== ids.length || texts.length === 0 || texts.includes("")) {
    throw new PolicyError(
      "policy.bad_principal",
      `${where}.${type}`,
      "must be a string or a list of strings",
    );
  }
  switch (type) {
    case "AWS":
      return parseAws(texts, `${where}.${type}`);
    case "Service":
      requireEach(
        texts,
        (id) => SERVICE.test(id),
        `${where}.${type}`,
        "is not a service principal, such as s3.amazonaws.com",
      );
      return { services: texts };
    case "Federated":
      requireEach(
        texts,
        (id) => !id.includes("*"),
        `${where}.${type}`,
        "must name one provider, without wildcards",
      );
      return { federated: texts };
    case "CanonicalUser":
      requireEach(
        texts,
        (id) => /^[0-9a-f]{64}$/.test(id),
        `${where}.${type}`,
        "is not a canonical user id (64 hex digits)",
      );
      return { canonicalUsers: texts };
    default:
      throw new PolicyError(
        "policy.bad_principal",
        `${where}.${type}`,
        "is not a type of principal; it must be AWS, Service, Federated or CanonicalUser",
      );
  }
}

function parseAws(ids: readonly string[], where: string): Partial<PrincipalSet> {
  const accounts: string[] = [];
  const arns: string[] = [];
  let everyone = false;
  for (const id of ids) {
    const account = ACCOUNT.test(id) ? id : ROOT.exec(id)?.[1];
    if (id === "*") everyone = true;
    else if (account !== undefined) accounts.push(account);
    else if (IDENTITY.test(id)) arns.push(id);
    else {
      throw new PolicyError(
        "policy.bad_principal",
        where,
        `${JSON.stringify(id)} must be "*", a 12-digit account, or the ARN of one root, user, role or session; ` +
          "wildcards in a part of a name are not allowed",
      );
    }
  }
  return { everyone, accounts, arns };
}

function requireEach(
  ids: readonly string[],
  isValid: (id: string) => boolean,
  where: string,
  problem: string,
): void {
  const invalid = ids.find((id) => !isValid(id));
  if (invalid !== undefined)
    throw new PolicyError("policy.bad_principal", where, `${JSON.stringify(invalid)} ${problem}`);
}

/**
 * The ARN of the caller as AWS writes it in its errors. For a service it is the name of the
 * service.
 */
export function callerArn(principal: Principal): string | undefined {
  if (principal.type === "role") return sessionArn(principal) ?? principal.arn;
  if (principal.type === "user") return principal.arn;
  if (principal.type === "root") return rootArn(principal.accountId);
  return principal.type === "service" ? principal.service : undefined;
}

const rootArn = (accountId: string): string => `arn:aws:iam::${accountId}:root`;

function sessionArn(role: Extract<Principal, { type: "role" }>): string | undefined {
  if (role.session === undefined) return undefined;
  const [, partition] = role.arn.split(":", 2);
  return `arn:${partition}:sts::${role.accountId}:assumed-role/${nameOf(role.arn)}/${role.session}`;
}

/** The name at the end of a role's or user's ARN, without its path. */
const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** Returns how a set names a principal. */
export function namingOf(principal: Principal, set: PrincipalSet): Naming {
  if (set.everyone) return "direct";
  switch (principal.type) {
    case "anonymous":
      return "none";
    case "service":
      return set.services.includes(principal.service) ? "direct" : "none";
    case "root":
      if (set.accounts.includes(principal.accountId)) return "direct";
      break;
    case "user":
      if (set.arns.includes(principal.arn)) return "direct";
      if (set.accounts.includes(principal.accountId)) return "account";
      break;
    case "role": {
      if (set.arns.includes(principal.arn)) return "direct";
      const session = sessionArn(principal);
      if (session !== undefined && set.arns.includes(session)) return "direct";
      if (set.accounts.includes(principal.accountId)) return "account";
    }
  }
  return set.canonicalUsers.length > 0 ? "unknown" : "none";
}

/**
 * Returns whether `NotPrincipal` excludes a principal. Each of its names must be listed: AWS may
 * check the account first, then the role, then the session (IAM User Guide, "AWS JSON policy
 * elements: NotPrincipal").
 */
export function isExcepted(principal: Principal, set: PrincipalSet): boolean {
  if (set.everyone) return true;
  if (principal.type === "anonymous") return false;
  if (principal.type === "service") return set.services.includes(principal.service);
  if (!set.accounts.includes(principal.accountId)) return false;
  if (principal.type === "root") return true;
  const session = principal.type === "role" ? sessionArn(principal) : undefined;
  return set.arns.includes(principal.arn) && (session === undefined || set.arns.includes(session));
}

/** The account of a principal; `undefined` for services and anonymous callers. */
export const accountOf = (principal: Principal): string | undefined =>
  "accountId" in principal ? principal.accountId : undefined;

const keysByPrincipal = new WeakMap<Principal, Context>();

/**
 * The condition keys that follow from the principal; computed once per principal. Values: the table
 * "Principal key values" in IAM User Guide, "IAM policy elements: Variables and tags". Keys of
 * services: "AWS global condition context keys".
 */
export function principalKeys(principal: Principal): Context {
  let keys = keysByPrincipal.get(principal);
  if (!keys) {
    keys = keysOf(namedKeys(principal));
    keysByPrincipal.set(principal, keys);
  }
  return keys;
}

function namedKeys(principal: Principal): RequestContext {
  if (principal.type === "anonymous") {
    return { "aws:PrincipalType": "Anonymous", "aws:userid": "anonymous" };
  }
  if (principal.type === "service") {
    return { "aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": principal.service };
  }
  const shared = {
    "aws:PrincipalAccount": principal.accountId,
    "aws:PrincipalIsAWSService": "false",
  };
  if (principal.type === "root") {
    return {
      ...shared,
      "aws:PrincipalType": "Account",
      "aws:PrincipalArn": rootArn(principal.accountId),
      "aws:userid": principal.accountId,
    };
  }
  if (principal.type === "user") {
    return {
      ...shared,
      "aws:PrincipalType": "User",
      "aws:PrincipalArn": principal.arn,
      "aws:username": nameOf(principal.arn),
      "aws:userid": principal.userId,
    };
  }
  const { arn, roleId, session } = principal;
  return {
    ...shared,
    "aws:PrincipalType": "AssumedRole",
    // The ARN of the role, also for its sessions.
    "aws:PrincipalArn": arn,
    "aws:userid":
      roleId !== undefined && session !== undefined ? `${roleId}:${session}` : undefined,
  };
}
