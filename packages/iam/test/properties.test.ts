import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { ContextValue, RequestContext } from "../src/context.ts";
import { evaluate, type Request } from "../src/evaluate.ts";
import { loadPolicy, type NamedPolicy, type PolicyKind } from "../src/policy.ts";
import type { Principal } from "../src/principal.ts";
import { ACCOUNT, OTHER_ACCOUNT, policyJson, role, root, service, user } from "./factories.ts";

/** Few values, so that statements and requests often meet. */
const accounts = fc.constantFrom(ACCOUNT, OTHER_ACCOUNT);
const principals: fc.Arbitrary<Principal> = fc.oneof(
  accounts.map((account) => role("R", account)),
  accounts.map((account) => user("U", account)),
  fc.constant(root),
  fc.constant(service("s3.amazonaws.com")),
  fc.constant<Principal>({ type: "anonymous" }),
);
const actions = fc.constantFrom("s3:GetObject", "s3:PutObject", "s3:getobject", "sqs:SendMessage");
const keys = fc.oneof(
  fc.constantFrom("a", "a/b", "*", "?", "a*", "${aws:username}", "new\nline", "a:b:c", "$", "U"),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const resources = fc.oneof(
  keys.map((key) => `arn:aws:s3:::bucket/${key}`),
  fc.constantFrom("arn:aws:s3:::bucket", `arn:aws:sqs:us-east-1:${ACCOUNT}:queue`, "*"),
);
const conditionKeys = fc.constantFrom(
  "aws:SourceArn",
  "aws:username",
  "s3:max-keys",
  "aws:SourceIp",
  "aws:TagKeys",
);
const contextValues = fc.oneof(
  fc.constantFrom(
    "a",
    "arn:aws:s3:::bucket",
    "10",
    "10.0.0.1",
    "true",
    "",
    "2026-01-01T00:00:00Z",
    "*",
  ),
  fc.uniqueArray(fc.constantFrom("a", "b", "10"), { maxLength: 3 }),
);
const contexts: fc.Arbitrary<RequestContext> = fc.dictionary(conditionKeys, contextValues, {
  maxKeys: 4,
});

const requests: fc.Arbitrary<Request> = fc.record({
  principal: principals,
  action: actions,
  resource: resources,
  owner: accounts,
  context: contexts,
});

const oneOrMore = <T>(values: fc.Arbitrary<T>) =>
  fc.oneof(values, fc.array(values, { minLength: 1, maxLength: 3 }));
const operators = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      "StringEquals",
      "StringNotEquals",
      "StringLike",
      "StringNotLike",
      "StringEqualsIgnoreCase",
    ),
    fc.constantFrom("a", "*", "a*", "b?", "${aws:username}", "${aws:username, 'a'}", "${*}", "10"),
  ),
  fc.tuple(
    fc.constantFrom("NumericEquals", "NumericNotEquals", "NumericLessThan"),
    fc.constantFrom("10", "3"),
  ),
  fc.tuple(fc.constantFrom("IpAddress", "NotIpAddress"), fc.constantFrom("10.0.0.0/8", "::1")),
  fc.tuple(
    fc.constantFrom("ArnLike", "ArnNotLike"),
    fc.constantFrom("arn:aws:s3:::*", "arn:aws:s3:::${aws:username}"),
  ),
  fc.tuple(fc.constantFrom("Bool", "Null"), fc.constantFrom("true", "false")),
);
const conditions = fc
  .tuple(
    operators,
    fc.constantFrom("", "ForAllValues:", "ForAnyValue:"),
    fc.constantFrom("", "IfExists"),
    conditionKeys,
  )
  .map(([[operator, value], quantifier, ifExists, key]) => {
    const name = operator === "Null" ? operator : `${quantifier}${operator}${ifExists}`;
    return { [name]: { [key]: value } };
  });
const patterns = fc.oneof(
  fc.constantFrom(
    "*",
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/a*",
    "arn:aws:s3:*:*:bucket/?",
    "arn:aws:s3:::bucket/${aws:username}",
    "arn:aws:s3:::bucket/${aws:username, 'a'}/*",
    "arn:aws:s3:*",
    "arn:aws:sqs:*:*:queue",
  ),
  keys.filter((key) => !key.includes("${")).map((key) => `arn:aws:s3:::bucket/${key}`),
);
const namedPrincipals = fc.oneof(
  fc.constant("*"),
  oneOrMore(accounts).map((AWS) => ({ AWS })),
  accounts.map((account) => ({
    AWS: `arn:aws:iam::${account}:role/R`,
    Service: "s3.amazonaws.com",
  })),
);

type Json = Record<string, unknown>;
const statementsOf = (kind: PolicyKind, effect: "Allow" | "Deny"): fc.Arbitrary<Json> =>
  fc
    .record({
      action: fc.tuple(
        fc.boolean(),
        oneOrMore(fc.constantFrom("*", "s3:*", "s3:Get*", "S3:PUTOBJECT", "sqs:*")),
      ),
      resource: fc.tuple(fc.boolean(), oneOrMore(patterns)),
      principal: fc.tuple(fc.boolean(), namedPrincipals),
      condition: fc.option(conditions, { nil: undefined }),
    })
    .map(({ action, resource, principal, condition }) => {
      const notPrincipal = principal[0] && effect === "Deny" && principal[1] !== "*";
      return {
        Effect: effect,
        [action[0] ? "NotAction" : "Action"]: action[1],
        [resource[0] ? "NotResource" : "Resource"]: resource[1],
        ...(kind === "resource" && { [notPrincipal ? "NotPrincipal" : "Principal"]: principal[1] }),
        ...(condition && { Condition: condition }),
      };
    });
const statements = (kind: PolicyKind) =>
  fc.oneof(
    { arbitrary: statementsOf(kind, "Allow"), weight: 3 },
    { arbitrary: statementsOf(kind, "Deny"), weight: 1 },
  );

interface Policies {
  identity: Json[];
  resource: Json[];
}
const policySets: fc.Arbitrary<Policies> = fc.record({
  identity: fc.array(statements("identity"), { maxLength: 4 }),
  resource: fc.array(statements("resource"), { maxLength: 4 }),
});

const load = (kind: PolicyKind, list: Json[]): NamedPolicy => {
  const loaded = loadPolicy(kind, policyJson(...list), kind);
  if ("error" in loaded) throw loaded.error;
  return loaded;
};
const decide = (request: Request, { identity, resource }: Policies) =>
  evaluate(request, {
    identity: [load("identity", identity)],
    resource: [load("resource", resource)],
  });
const isAllowed = (request: Request, policies: Policies): boolean =>
  decide(request, policies).allowed;

const RUNS = { numRuns: 300 };

describe("whatever the policies and the request", () => {
  test("some requests are allowed and some are denied, or these properties would say nothing", () => {
    const sample = fc.sample(fc.tuple(requests, policySets), { numRuns: 600, seed: 1 });
    const reasons = new Set(sample.map(([request, policies]) => decide(request, policies).reason));

    expect([...reasons].toSorted()).toStrictEqual(
      [
        "both",
        "cross_account",
        "explicit_deny",
        "identity_allow",
        "implicit_deny",
        "resource_allow",
        "root",
      ].toSorted(),
    );
  });

  test("an explicit deny of everything always wins", () => {
    fc.assert(
      fc.property(requests, policySets, fc.boolean(), (request, policies, byIdentity) => {
        const deny = { Effect: "Deny", Action: "*", Resource: "*" };
        const denied = byIdentity
          ? { ...policies, identity: [...policies.identity, deny] }
          : { ...policies, resource: [...policies.resource, { ...deny, Principal: "*" }] };

        expect(isAllowed(request, denied)).toBe(false);
      }),
      RUNS,
    );
  });

  test("the order of statements and of policies does not matter", () => {
    fc.assert(
      fc.property(requests, policySets, fc.nat(), (request, policies, turn) => {
        const turned = (list: Json[]) => [
          ...list.slice(turn % (list.length + 1)),
          ...list.slice(0, turn % (list.length + 1)),
        ];
        const reversed = {
          identity: turned(policies.identity).toReversed(),
          resource: turned(policies.resource).toReversed(),
        };
        const apart = evaluate(request, {
          identity: reversed.identity.map((statement) => load("identity", [statement])),
          resource: reversed.resource.map((statement) => load("resource", [statement])),
        });
        const decision = decide(request, policies);

        expect(isAllowed(request, reversed)).toBe(decision.allowed);
        expect(apart).toMatchObject({ allowed: decision.allowed, reason: decision.reason });
      }),
      RUNS,
    );
  });

  test("adding an allow never takes away, and adding a deny never gives", () => {
    fc.assert(
      fc.property(
        requests,
        policySets,
        fc.constantFrom<["identity", "resource"][number]>("identity", "resource").chain((side) =>
          fc.record({
            side: fc.constant(side),
            allow: statementsOf(side, "Allow"),
            deny: statementsOf(side, "Deny"),
          }),
        ),
        (request, policies, { side, allow, deny }) => {
          const before = isAllowed(request, policies);
          const add = (statement: Json) =>
            isAllowed(request, { ...policies, [side]: [...policies[side], statement] });

          expect(Number(add(allow))).toBeGreaterThanOrEqual(Number(before));
          expect(Number(add(deny))).toBeLessThanOrEqual(Number(before));
        },
      ),
      RUNS,
    );
  });

  test("the policy as text decides as the policy as object", () => {
    fc.assert(
      fc.property(requests, policySets, (request, policies) => {
        const text = (kind: "identity" | "resource") =>
          loadPolicy(kind, JSON.stringify(policyJson(...policies[kind])), kind);

        expect(
          evaluate(request, { identity: [text("identity")], resource: [text("resource")] }),
        ).toStrictEqual(decide(request, policies));
      }),
      RUNS,
    );
  });

  test("the letter case of the action and of condition keys does not matter", () => {
    fc.assert(
      fc.property(requests, policySets, (request, policies) => {
        const shouted = {
          ...request,
          action: request.action.toUpperCase(),
          context: Object.fromEntries(
            Object.entries(request.context).map(
              ([key, value]): [string, ContextValue | undefined] => [key.toUpperCase(), value],
            ),
          ),
        };

        expect(decide(shouted, policies)).toStrictEqual(decide(request, policies));
      }),
      RUNS,
    );
  });
});

describe("whatever the key", () => {
  const get = (key: string): Request => ({
    principal: role(),
    action: "s3:GetObject",
    resource: `arn:aws:s3:::bucket/${key}`,
    owner: ACCOUNT,
    context: { "aws:username": "U" },
  });
  const allowing = (Resource: string) => ({
    identity: [{ Effect: "Allow", Action: "s3:GetObject", Resource }],
    resource: [],
  });
  const anyKey = fc.string({ unit: "binary", maxLength: 20 });
  const wildKey = fc.stringMatching(/^[ab*?]{0,8}$/);
  /** A policy that names exactly this key. */
  const exactly = (key: string) =>
    `arn:aws:s3:::bucket/${key.replaceAll(/[$*?]/g, (char) => `\${${char}}`)}`;

  test("a policy of one key allows that key and no other: a * or ? in a key is no wildcard", () => {
    fc.assert(
      fc.property(fc.oneof(anyKey, wildKey), fc.oneof(anyKey, wildKey), (key, other) => {
        expect(isAllowed(get(key), allowing(exactly(key)))).toBe(true);
        expect(isAllowed(get(other), allowing(exactly(key)))).toBe(key === other);
      }),
      RUNS,
    );
  });

  test("a policy of a prefix allows the keys that begin with it", () => {
    fc.assert(
      fc.property(
        fc.oneof(anyKey, wildKey),
        fc.oneof(anyKey, wildKey),
        fc.boolean(),
        (prefix, rest, isBelow) => {
          const key = isBelow ? prefix + rest : rest;

          expect(isAllowed(get(key), allowing(`${exactly(prefix)}*`))).toBe(key.startsWith(prefix));
        },
      ),
      RUNS,
    );
  });

  test("patterns match as the regular expressions that they stand for", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[ab*?😀]{0,8}$/u),
        fc.stringMatching(/^[ab😀\n]{0,12}$/u),
        (pattern, key) => {
          const source = pattern.replaceAll("*", ".*").replaceAll("?", ".");

          expect(isAllowed(get(key), allowing(`arn:aws:s3:::bucket/${pattern}`))).toBe(
            new RegExp(`^${source}$`, "su").test(key),
          );
        },
      ),
      RUNS,
    );
  });
});
