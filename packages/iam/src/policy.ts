import { compileStatement, type CompiledStatement } from "./compile.ts";
import { parseConditions, type Condition } from "./condition.ts";
import { PolicyError } from "./error.ts";
import { parseStrictJson } from "./json.ts";
import { parsePrincipals, type PrincipalSet } from "./principal.ts";

/**
 * What a policy is attached to: an identity (a role's or user's permissions), a resource (a bucket, a queue), or a role as
 * the list of who may assume it.
 */
export type PolicyKind = "identity" | "resource" | "trust";

/** A policy as it was written, checked whole. Lists are lists also where the JSON has a single string. */
export interface PolicyDocument {
  kind: PolicyKind;
  version: "2012-10-17" | "2008-10-17";
  id: string | undefined;
  statements: readonly Statement[];
}

/** `not`: the element was `NotAction` or `NotResource`, and means all but these. */
export interface Listed {
  not: boolean;
  patterns: readonly string[];
}

export interface Statement {
  sid: string | undefined;
  effect: "Allow" | "Deny";
  /** Absent in identity policies. */
  principals: { not: boolean; set: PrincipalSet } | undefined;
  actions: Listed;
  /** Absent in trust policies: it is the role. */
  resources: Listed | undefined;
  conditions: readonly Condition[];
}

/** A policy with the name under which decisions report it; `error` where it could not be understood. */
export type NamedPolicy = { name: string } & (
  | { document: PolicyDocument }
  | { error: PolicyError }
);

const compiled = new WeakMap<PolicyDocument, readonly CompiledStatement[]>();

/** The statements of a policy, ready to be matched; made once per document. @throws PolicyError */
export function compiledOf(document: PolicyDocument): readonly CompiledStatement[] {
  let statements = compiled.get(document);
  if (!statements) {
    statements = document.statements.map((statement, index) =>
      compileStatement(statement, index, document.version === "2012-10-17"),
    );
    compiled.set(document, statements);
  }
  return statements;
}

/**
 * Parses a policy: JSON text, or the object that it stands for.
 * @throws PolicyError for everything that is not understood, and for what AWS refuses to store
 */
export function parsePolicy(source: unknown, kind: PolicyKind): PolicyDocument {
  const root = membersOf(
    typeof source === "string" ? parseStrictJson(source) : source,
    "",
    ELEMENTS,
  );
  const version = root.get("Version") ?? "2008-10-17";
  if (version !== "2012-10-17" && version !== "2008-10-17") {
    throw new PolicyError(
      "policy.unknown_version",
      "Version",
      'must be "2012-10-17" or "2008-10-17"',
    );
  }
  const listed = root.get("Statement");
  if (listed === undefined)
    throw new PolicyError("policy.missing_element", "", "the policy has no Statement");
  const statements: unknown[] = Array.isArray(listed) ? listed : [listed];
  const document: PolicyDocument = {
    kind,
    version,
    id: parseText(root.get("Id"), "Id"),
    statements: statements.map((statement, index) =>
      parseStatement(statement, kind, `Statement[${index}]`),
    ),
  };
  if (kind === "identity") refuseRepeatedSids(document.statements);
  compiledOf(document);
  return document;
}

/**
 * As `parsePolicy`, for a policy that something is decided by: what is wrong with it is kept, and denies every request that
 * the policy applies to.
 */
export function loadPolicy(name: string, source: unknown, kind: PolicyKind): NamedPolicy {
  try {
    return { name, document: parsePolicy(source, kind) };
  } catch (error) {
    if (error instanceof PolicyError) return { name, error };
    throw error;
  }
}

const ELEMENTS = ["Version", "Id", "Statement"];
const STATEMENT_ELEMENTS = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];

function parseStatement(value: unknown, kind: PolicyKind, where: string): Statement {
  const members = membersOf(value, where, STATEMENT_ELEMENTS);
  const effect = members.get("Effect");
  if (effect !== "Allow" && effect !== "Deny") {
    throw new PolicyError(
      "policy.bad_effect",
      `${where}.Effect`,
      'must be "Allow" or "Deny", in this letter case',
    );
  }
  return {
    sid: parseText(members.get("Sid"), `${where}.Sid`),
    effect,
    principals: parsePrincipalElement(members, effect, kind, where),
    actions: parseListed(members, "Action", "policy.bad_action", where),
    resources: parseResourceElement(members, kind, where),
    conditions: members.has("Condition")
      ? parseConditions(members.get("Condition"), `${where}.Condition`)
      : [],
  };
}

function parsePrincipalElement(
  members: ReadonlyMap<string, unknown>,
  effect: Statement["effect"],
  kind: PolicyKind,
  where: string,
): Statement["principals"] {
  const name = eitherOf(members, "Principal", where);
  if (kind === "identity") {
    if (name === undefined) return undefined;
    throw new PolicyError(
      "policy.bad_principal",
      `${where}.${name}`,
      "cannot stand in the policy of an identity",
    );
  }
  if (name === undefined)
    throw new PolicyError("policy.missing_element", where, "has no Principal");
  const not = name === "NotPrincipal";
  // IAM User Guide, "AWS JSON policy elements: NotPrincipal".
  if (not && effect === "Allow") {
    throw new PolicyError(
      "policy.bad_principal",
      `${where}.${name}`,
      'is not supported with "Effect": "Allow"',
    );
  }
  if (not && kind === "trust") {
    throw new PolicyError(
      "policy.bad_principal",
      `${where}.${name}`,
      "cannot stand in the trust policy of a role",
    );
  }
  return { not, set: parsePrincipals(members.get(name), `${where}.${name}`) };
}

function parseResourceElement(
  members: ReadonlyMap<string, unknown>,
  kind: PolicyKind,
  where: string,
): Listed | undefined {
  if (kind !== "trust") return parseListed(members, "Resource", "policy.bad_resource", where);
  const name = eitherOf(members, "Resource", where);
  if (name === undefined) return undefined;
  throw new PolicyError(
    "policy.bad_resource",
    `${where}.${name}`,
    "cannot stand in the trust policy of a role",
  );
}

function parseListed(
  members: ReadonlyMap<string, unknown>,
  element: "Action" | "Resource",
  code: "policy.bad_action" | "policy.bad_resource",
  where: string,
): Listed {
  const name = eitherOf(members, element, where);
  if (name === undefined) {
    throw new PolicyError(
      "policy.missing_element",
      where,
      `has neither ${element} nor Not${element}`,
    );
  }
  const value = members.get(name);
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const patterns = list.filter((item) => typeof item === "string");
  if (patterns.length !== list.length || patterns.length === 0) {
    throw new PolicyError(code, `${where}.${name}`, "must be a string or a list of strings");
  }
  return { not: name !== element, patterns };
}

/** The name under which an element is there, `Action` or `NotAction`; only one of them may be. */
function eitherOf(
  members: ReadonlyMap<string, unknown>,
  element: string,
  where: string,
): string | undefined {
  const not = `Not${element}`;
  if (members.has(element) && members.has(not)) {
    throw new PolicyError("policy.bad_shape", where, `has both ${element} and ${not}`);
  }
  return [element, not].find((name) => members.has(name));
}

function membersOf(
  value: unknown,
  where: string,
  known: readonly string[],
): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PolicyError(
      "policy.bad_shape",
      where,
      `${where === "" ? "the policy " : ""}must be an object`,
    );
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const unknown = members.find(([name]) => !known.includes(name));
  if (unknown) {
    const path = where === "" ? unknown[0] : `${where}.${unknown[0]}`;
    throw new PolicyError("policy.unknown_element", path, `is none of ${known.join(", ")}`);
  }
  return new Map(members);
}

function parseText(value: unknown, where: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new PolicyError("policy.bad_shape", where, "must be a string");
}

function refuseRepeatedSids(statements: readonly Statement[]): void {
  const seen = new Set<string>();
  for (const [index, { sid }] of statements.entries()) {
    if (sid === undefined || sid === "") continue;
    if (seen.has(sid)) {
      throw new PolicyError(
        "policy.duplicate_sid",
        `Statement[${index}].Sid`,
        `${JSON.stringify(sid)} occurs twice`,
      );
    }
    seen.add(sid);
  }
}
