import { compileDocument } from "./compile.ts";
import { parseConditions } from "./condition.ts";
import type { NamedPolicy, Patterns, PolicyDocument, PolicyKind, Statement } from "./document.ts";
import { PolicyError } from "./error.ts";
import { parseStrictJson } from "./json.ts";
import { parsePrincipals } from "./principal.ts";

/**
 * Parses and validates a policy: JSON text, or the parsed JSON.
 *
 * Throws `PolicyError` for what AWS rejects, and for what this evaluator does not support.
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
  const element = root.get("Statement");
  if (element === undefined)
    throw new PolicyError("policy.missing_element", "", "the policy must have a Statement");
  const statements: unknown[] = Array.isArray(element) ? element : [element];
  const document: PolicyDocument = {
    kind,
    version,
    id: parseText(root.get("Id"), "Id"),
    statements: statements.map((statement, index) =>
      parseStatement(statement, kind, `Statement[${index}]`),
    ),
  };
  if (kind === "identity") rejectRepeatedSids(document.statements);
  // Validates the patterns and the values of conditions.
  compileDocument(document);
  return document;
}

/**
 * Parses a policy for `evaluate`. If it is not valid, the error is kept in the result, and every
 * request that the policy is evaluated for is denied.
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
    actions: parsePatterns(members, "Action", "policy.bad_action", where),
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
      "is not allowed in an identity-based policy",
    );
  }
  if (name === undefined)
    throw new PolicyError("policy.missing_element", where, "must have a Principal");
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
      "is not allowed in the trust policy of a role",
    );
  }
  return { not, set: parsePrincipals(members.get(name), `${where}.${name}`) };
}

function parseResourceElement(
  members: ReadonlyMap<string, unknown>,
  kind: PolicyKind,
  where: string,
): Patterns | undefined {
  if (kind !== "trust") return parsePatterns(members, "Resource", "policy.bad_resource", where);
  const name = eitherOf(members, "Resource", where);
  if (name === undefined) return undefined;
  throw new PolicyError(
    "policy.bad_resource",
    `${where}.${name}`,
    "is not allowed in the trust policy of a role",
  );
}

function parsePatterns(
  members: ReadonlyMap<string, unknown>,
  element: "Action" | "Resource",
  code: "policy.bad_action" | "policy.bad_resource",
  where: string,
): Patterns {
  const name = eitherOf(members, element, where);
  if (name === undefined) {
    throw new PolicyError("policy.missing_element", where, `must have ${element} or Not${element}`);
  }
  const value = members.get(name);
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const patterns = list.filter((item) => typeof item === "string");
  if (patterns.length !== list.length || patterns.length === 0) {
    throw new PolicyError(code, `${where}.${name}`, "must be a string or a list of strings");
  }
  return { not: name !== element, patterns };
}

/**
 * Returns which of the two forms of an element is present, such as `Action` or `NotAction`. Only
 * one may be.
 */
function eitherOf(
  members: ReadonlyMap<string, unknown>,
  element: string,
  where: string,
): string | undefined {
  const not = `Not${element}`;
  if (members.has(element) && members.has(not)) {
    throw new PolicyError("policy.bad_shape", where, `must not have both ${element} and ${not}`);
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
    throw new PolicyError(
      "policy.unknown_element",
      path,
      `is not a known element; the elements are ${known.join(", ")}`,
    );
  }
  return new Map(members);
}

function parseText(value: unknown, where: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new PolicyError("policy.bad_shape", where, "must be a string");
}

function rejectRepeatedSids(statements: readonly Statement[]): void {
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
