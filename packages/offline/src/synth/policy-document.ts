import { parseStrictJson, PolicyError } from "@waybill/iam";

/** A policy as JSON. */
export interface PolicyJson {
  Version: string;
  Id?: string;
  Statement: StatementJson[];
}
export type StatementJson = Record<string, unknown>;

type Members = ReadonlyMap<string, unknown>;

const DOCUMENT_MEMBERS = [
  "statements",
  "version",
  "policyId",
  "sourcePolicyDocuments",
  "overridePolicyDocuments",
];
const STATEMENT_MEMBERS = [
  "sid",
  "effect",
  "actions",
  "notActions",
  "resources",
  "notResources",
  "principals",
  "notPrincipals",
  "conditions",
];

/**
 * Creates the policy that `getPolicyDocument` of the AWS provider creates from the same arguments:
 * `statements` with `actions`, `resources`, `principals: [{ type, identifiers }]` and `conditions:
 * [{ test, variable, values }]`, merged with whole documents
 * (https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document).
 * `&{…}` becomes `${…}`. The policy itself is not validated; `parsePolicy` does that.
 *
 * Throws `PolicyError` for arguments that the provider rejects or that are unknown here:
 * `policy.bad_shape`, `policy.unknown_element`, `policy.duplicate_sid`, `policy.bad_json`.
 */
export function fromPulumi(args: unknown): PolicyJson {
  const members = membersOf(args, "", DOCUMENT_MEMBERS);
  const version = textOf(members, "version", "") ?? "2012-10-17";
  const id = textOf(members, "policyId", "");
  const sources = listOf(members, "sourcePolicyDocuments", "").map((text, index) =>
    parseDocument(text, `sourcePolicyDocuments[${index}]`),
  );
  const own: PolicyJson = {
    Version: version,
    ...(id !== undefined && { Id: id }),
    Statement: listOf(members, "statements", "").map((statement, index) =>
      statementOf(statement, version, `statements[${index}]`),
    ),
  };
  rejectRepeatedSids(
    sources.flatMap((source) => source.Statement),
    "sourcePolicyDocuments",
  );
  rejectRepeatedSids(own.Statement, "statements");
  const overrides = listOf(members, "overridePolicyDocuments", "").map((text, index) =>
    parseDocument(text, `overridePolicyDocuments[${index}]`),
  );
  return [...sources, own, ...overrides].reduce(merge, { Version: "", Statement: [] });
}

/**
 * A statement replaces the earlier one with the same, non-empty `Sid`. Other statements are
 * appended.
 */
function merge(into: PolicyJson, from: PolicyJson): PolicyJson {
  const statements = [...into.Statement];
  for (const statement of from.Statement) {
    const sid = statement["Sid"];
    const same = sid ? statements.findIndex((other) => other["Sid"] === sid) : -1;
    if (same < 0) statements.push(statement);
    else statements[same] = statement;
  }
  const id = from.Id ?? into.Id;
  return {
    Version: from.Version > into.Version ? from.Version : into.Version,
    ...(id !== undefined && { Id: id }),
    Statement: statements,
  };
}

function parseDocument(text: unknown, where: string): PolicyJson {
  if (typeof text !== "string")
    throw new PolicyError("policy.bad_shape", where, "must be a policy as JSON text");
  const members = membersOf(parseStrictJson(text), where, ["Version", "Id", "Statement"]);
  const listed = members.get("Statement") ?? [];
  const statements: unknown[] = Array.isArray(listed) ? listed : [listed];
  const id = textOf(members, "Id", where);
  return {
    Version: textOf(members, "Version", where) ?? "",
    ...(id !== undefined && { Id: id }),
    Statement: statements.map((statement, index) =>
      Object.fromEntries(membersOf(statement, `${where}.Statement[${index}]`)),
    ),
  };
}

function statementOf(value: unknown, version: string, where: string): StatementJson {
  const members = membersOf(value, where, STATEMENT_MEMBERS);
  const texts = (name: string) =>
    oneOrAll(textsOf(members, name, where).map(withVariables(version, where)));
  const principals = (name: string) => principalsOf(members, name, version, where);
  const json: StatementJson = {
    Sid: textOf(members, "sid", where) || undefined,
    Effect: textOf(members, "effect", where) ?? "Allow",
    Principal: principals("principals"),
    NotPrincipal: principals("notPrincipals"),
    Action: oneOrAll(textsOf(members, "actions", where)),
    NotAction: oneOrAll(textsOf(members, "notActions", where)),
    Resource: texts("resources"),
    NotResource: texts("notResources"),
    Condition: conditionsOf(members, version, where),
  };
  return Object.fromEntries(Object.entries(json).filter(([, element]) => element !== undefined));
}

/** A single `{ type: "*", identifiers: ["*"] }` becomes `"*"`. Others are grouped by type. */
function principalsOf(members: Members, name: string, version: string, where: string): unknown {
  const groups = listOf(members, name, where).map((group, index) => {
    const at = `${where}.${name}[${index}]`;
    const parts = membersOf(group, at, ["type", "identifiers"]);
    const type = textOf(parts, "type", at);
    if (type === undefined) throw new PolicyError("policy.bad_shape", `${at}.type`, "is missing");
    return { type, identifiers: textsOf(parts, "identifiers", at).map(withVariables(version, at)) };
  });
  const [first] = groups;
  if (!first) return undefined;
  if (groups.length === 1 && first.type === "*" && String(first.identifiers) === "*") return "*";
  const byType = new Map<string, string[]>();
  for (const { type, identifiers } of groups)
    byType.set(type, [...(byType.get(type) ?? []), ...identifiers]);
  return Object.fromEntries(
    [...byType].map(([type, identifiers]) => [type, oneOrAll(identifiers)]),
  );
}

/** Merges conditions with the same test and variable into one with the values of all. */
function conditionsOf(members: Members, version: string, where: string): unknown {
  const tests = new Map<string, Map<string, string[]>>();
  for (const [index, condition] of listOf(members, "conditions", where).entries()) {
    const at = `${where}.conditions[${index}]`;
    const parts = membersOf(condition, at, ["test", "variable", "values"]);
    const test = textOf(parts, "test", at);
    const variable = textOf(parts, "variable", at);
    if (test === undefined || variable === undefined) {
      throw new PolicyError("policy.bad_shape", at, "must have a test and a variable");
    }
    const values = textsOf(parts, "values", at).map(withVariables(version, at));
    const keys = tests.get(test) ?? new Map<string, string[]>();
    tests.set(test, keys.set(variable, [...(keys.get(variable) ?? []), ...values]));
  }
  if (tests.size === 0) return undefined;
  return Object.fromEntries(
    [...tests].map(([test, keys]) => [
      test,
      // A condition without values keeps its empty list, which `parsePolicy` rejects.
      Object.fromEntries([...keys].map(([key, values]) => [key, oneOrAll(values) ?? []])),
    ]),
  );
}

const oneOrAll = (texts: readonly string[]): string | readonly string[] | undefined =>
  texts.length <= 1 ? texts[0] : texts;

function withVariables(version: string, where: string): (text: string) => string {
  return (text) => {
    if (version === "2008-10-17" && text.includes("&{")) {
      throw new PolicyError(
        "policy.bad_shape",
        where,
        `"&{" needs version 2012-10-17: ${JSON.stringify(text)}`,
      );
    }
    return text.replaceAll("&{", "${");
  };
}

function rejectRepeatedSids(statements: readonly StatementJson[], where: string): void {
  const sids = statements.map((statement) => statement["Sid"]).filter(Boolean);
  const repeated = sids.find((sid, index) => sids.indexOf(sid) !== index);
  if (repeated !== undefined) {
    throw new PolicyError(
      "policy.duplicate_sid",
      where,
      `the Sid ${JSON.stringify(repeated)} occurs twice`,
    );
  }
}

function membersOf(value: unknown, where: string, known?: readonly string[]): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PolicyError("policy.bad_shape", where, "must be an object");
  }
  const members = Object.entries(value).filter(
    ([, member]) => member !== undefined && member !== null,
  );
  const unknown = known && members.find(([name]) => !known.includes(name));
  if (unknown) {
    throw new PolicyError(
      "policy.unknown_element",
      `${where}.${unknown[0]}`,
      `is not one of ${known.join(", ")}`,
    );
  }
  return new Map(members);
}

function listOf(members: Members, name: string, where: string): readonly unknown[] {
  const value = members.get(name) ?? [];
  if (Array.isArray(value)) return value;
  throw new PolicyError("policy.bad_shape", `${where}.${name}`, "must be a list");
}

function textsOf(members: Members, name: string, where: string): string[] {
  const list = listOf(members, name, where);
  const texts = list.filter((item) => typeof item === "string");
  if (texts.length === list.length) return texts;
  throw new PolicyError("policy.bad_shape", `${where}.${name}`, "must be a list of strings");
}

function textOf(members: Members, name: string, where: string): string | undefined {
  const value = members.get(name);
  if (value === undefined || typeof value === "string") return value;
  throw new PolicyError("policy.bad_shape", `${where}.${name}`, "must be a string");
}
