import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { ContextValue } from "../src/context.ts";
import type { NamedPolicy, PolicyKind } from "../src/document.ts";
import { evaluate, type AccessRequest } from "../src/evaluate.ts";
import { loadPolicy } from "../src/policy.ts";
import {
  policySets,
  requests,
  statementsOf,
  type Json,
  type PolicyStatements,
} from "./arbitraries.ts";
import { ACCOUNT, policyJson, role } from "./factories.ts";

const load = (kind: PolicyKind, list: Json[]): NamedPolicy => {
  const loaded = loadPolicy(kind, policyJson(...list), kind);
  if ("error" in loaded) throw loaded.error;
  return loaded;
};
const decide = (request: AccessRequest, { identity, resource }: PolicyStatements) =>
  evaluate(request, {
    identity: [load("identity", identity)],
    resource: [load("resource", resource)],
  });
const isAllowed = (request: AccessRequest, policies: PolicyStatements): boolean =>
  decide(request, policies).allowed;

const RUNS = { numRuns: 300 };

describe("for all policies and requests", () => {
  test("the samples reach every kind of decision", () => {
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

  test("an explicit deny of everything overrides every allow", () => {
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

  test("adding an allow never denies, and adding a deny never allows", () => {
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

  test("a policy as text decides as the same policy as an object", () => {
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

describe("for all keys", () => {
  const get = (key: string): AccessRequest => ({
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
  /** The resource that names exactly this key. */
  const exactly = (key: string) =>
    `arn:aws:s3:::bucket/${key.replaceAll(/[$*?]/g, (char) => `\${${char}}`)}`;

  test("a policy for one key allows only that key: a * or ? in a key is not a wildcard", () => {
    fc.assert(
      fc.property(fc.oneof(anyKey, wildKey), fc.oneof(anyKey, wildKey), (key, other) => {
        expect(isAllowed(get(key), allowing(exactly(key)))).toBe(true);
        expect(isAllowed(get(other), allowing(exactly(key)))).toBe(key === other);
      }),
      RUNS,
    );
  });

  test("a policy for a prefix allows the keys that start with it", () => {
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

  test("patterns match as the equivalent regular expressions", () => {
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
