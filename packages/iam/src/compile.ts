import { compileResource } from "./arn.ts";
import { compileCondition } from "./condition.ts";
import type { Context } from "./context.ts";
import type { Patterns, PolicyDocument, Statement } from "./document.ts";
import { PolicyError } from "./error.ts";
import { matcherOf, parseTemplate, type Matcher } from "./pattern.ts";
import { isExcepted, namingOf, type Naming, type Principal } from "./principal.ts";

/** A request in the form that statements match. */
export interface NormalizedRequest {
  principal: Principal;
  /** In lower case. */
  action: string;
  resource: string;
  context: Context;
}

/**
 * Returns how a statement applies to a request: because it names the caller (`direct`; in an
 * identity policy, the identity that has the policy), because it names the caller's `account`, or
 * not at all (`undefined`). What cannot be decided is decided against the caller: an `Allow` does
 * not apply, a `Deny` does.
 */
export type Applies = (request: NormalizedRequest) => "direct" | "account" | undefined;

export interface CompiledStatement {
  effect: Statement["effect"];
  sid: string | undefined;
  index: number;
  applies: Applies;
}

const compiled = new WeakMap<PolicyDocument, readonly CompiledStatement[]>();

/**
 * Returns the statements of a policy, ready to be matched. Each document is compiled once.
 *
 * Throws `PolicyError` `policy.bad_action`, `policy.bad_resource` or `policy.bad_condition`.
 */
export function compileDocument(document: PolicyDocument): readonly CompiledStatement[] {
  let statements = compiled.get(document);
  if (!statements) {
    statements = document.statements.map((statement, index) =>
      compileStatement(statement, index, document.version === "2012-10-17"),
    );
    compiled.set(document, statements);
  }
  return statements;
}

function compileStatement(
  statement: Statement,
  index: number,
  variables: boolean,
): CompiledStatement {
  const where = `Statement[${index}]`;
  const isDeny = statement.effect === "Deny";
  const actionMatches = compileActions(statement.actions, where);
  const resourceMatches = compileResources(statement, variables, where);
  const conditions = statement.conditions.map((condition) =>
    compileCondition(
      condition,
      variables,
      `${where}.Condition.${condition.operator}.${condition.key}`,
    ),
  );
  const { principals } = statement;

  const applies: Applies = ({ principal, action, resource, context }) => {
    if (!actionMatches(action)) return undefined;
    let naming: Naming = "direct";
    if (principals?.not) naming = isExcepted(principal, principals.set) ? "none" : "direct";
    else if (principals) naming = namingOf(principal, principals.set);
    if (naming === "unknown") naming = isDeny ? "direct" : "none";
    if (naming === "none") return undefined;
    if (!resourceMatches(resource, context)) return undefined;
    for (const holds of conditions) if (!(holds(context) ?? isDeny)) return undefined;
    return naming;
  };
  return { effect: statement.effect, sid: statement.sid, index, applies };
}

/**
 * Actions match without regard to letter case (IAM User Guide, "IAM JSON policy elements: Action").
 */
function compileActions({ not, patterns }: Patterns, where: string): (action: string) => boolean {
  const matchers = patterns.map((pattern) => {
    if (!/^(?:\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/.test(pattern)) {
      const element = `${where}.${not ? "NotAction" : "Action"}`;
      throw new PolicyError(
        "policy.bad_action",
        element,
        `${JSON.stringify(pattern)} must be "*" or a service and an action, such as s3:GetObject or s3:Get*`,
      );
    }
    const tokens = parseTemplate(pattern.toLowerCase(), { wildcards: true, variables: false });
    return matcherOf(tokens);
  });
  return (action) => matchers.some((matches) => matches(action, NO_CONTEXT) === true) !== not;
}

const NO_CONTEXT: Context = { get: () => undefined };

function compileResources(
  { effect, resources }: Statement,
  variables: boolean,
  where: string,
): (resource: string, context: Context) => boolean {
  if (!resources) return () => true;
  const { not, patterns } = resources;
  // An Allow is read narrowly and a Deny widely; `NotResource` reverses that.
  const reading = (effect === "Deny") === not ? "narrow" : "wide";
  const matchers = patterns.map((pattern): Matcher => {
    try {
      return compileResource(pattern, variables)[reading];
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      const element = `${where}.${not ? "NotResource" : "Resource"}`;
      throw new PolicyError("policy.bad_resource", element, cause.message, { cause });
    }
  });
  return (resource, context) => {
    let unknown = false;
    for (const matches of matchers) {
      const matched = matches(resource, context);
      if (matched === true) return !not;
      // "…the resource that includes a policy variable with no value will not match any resource."
      if (matched === "unknown" || (matched === "no_value" && not)) unknown = true;
    }
    return unknown ? effect === "Deny" : not;
  };
}
