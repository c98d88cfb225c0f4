import { describe, expect, test } from "vitest";

import { Authority, type Denial } from "../../src/edge/authority.ts";
import { S3_CONDITION_KEYS } from "../../src/service/s3/iam.ts";
import { plan } from "../../src/stack/plan.ts";
import type { Inputs } from "../../src/synth/graph.ts";
import { fn, graphOf, role, source } from "../graphs.ts";

const place = { accountId: "000000000000", region: "eu-west-1" };
const arn = `arn:aws:iam::${place.accountId}:role/TheRole`;
const READ = { action: "s3:GetObject", resource: "arn:aws:s3:::files/k", context: {} };

interface RoleOptions {
  /** The condition of a statement that denies everything. */
  deny?: Inputs;
  /** The condition of the statement that allows all actions of S3. */
  condition?: Inputs;
  managedPolicyArns?: string[];
}

/** Returns the authority over a role that may call all actions of S3, apart from the options. */
function authorityOver({ deny, condition, managedPolicyArns = [] }: RoleOptions) {
  const statements = [
    { Effect: "Allow", Action: "s3:*", Resource: "*", ...(condition && { Condition: condition }) },
    ...(deny ? [{ Effect: "Deny", Action: "*", Resource: "*", Condition: deny }] : []),
  ];
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const theRole = role("TheRole", { inlinePolicies: [{ name: "own", policy }], managedPolicyArns });
  const denials: Denial[] = [];
  const { functions } = plan(graphOf([theRole, fn("The")], [source("The")]));
  const authority = new Authority(
    functions.map((each) => each.role),
    () => undefined,
    place,
    (denial) => denials.push(denial),
    [S3_CONDITION_KEYS],
  );
  const principal = { type: "role", arn, accountId: place.accountId } as const;
  return { authority, principal, denials };
}

/** Requests an object with such a role. */
function read(options: RoleOptions) {
  const { authority, principal, denials } = authorityOver(options);
  const denial = authority.denialFor(principal, [READ], { "aws:SourceIp": "127.0.0.1" });
  return { isAllowed: denial === undefined, denials };
}

test("a check of a permission has the same result, and does not log a denial", () => {
  const deny = { StringEquals: { "aws:SourceIp": "127.0.0.1" } };
  const { authority, principal, denials } = authorityOver({ deny });

  expect(authority.allows(principal, READ, { "aws:SourceIp": "127.0.0.1" })).toBe(false);
  expect(authority.allows(principal, READ, { "aws:SourceIp": "127.0.0.2" })).toBe(true);
  expect(denials).toEqual([]);
});

describe("a condition key that offline does not know", () => {
  test.each<[string, Inputs]>([
    ["a tag of the caller", { StringEquals: { "aws:PrincipalTag/team": "a" } }],
    ["a tag of the resource", { StringEquals: { "aws:ResourceTag/secret": "yes" } }],
    ["the organization", { StringEqualsIfExists: { "aws:PrincipalOrgID": "o-1" } }],
    ["a key of a service", { StringEquals: { "s3:signatureversion": "AWS" } }],
    ["a test for its absence", { Null: { "aws:PrincipalTag/team": "true" } }],
  ])("makes a Deny apply: %s", (_, deny) => {
    const { isAllowed, denials } = read({ deny });

    expect(isAllowed).toBe(false);
    expect(denials[0]?.reason).toMatch(/offline does not know the value of (aws|s3):\S+/);
  });

  test("makes an Allow not apply, also with IfExists", () => {
    const condition = { StringEqualsIfExists: { "aws:PrincipalTag/team": "a" } };

    expect(read({ condition }).isAllowed).toBe(false);
  });
});

describe("a condition key that AWS adds to every request", () => {
  test.each<[string, Inputs]>([
    ["the current time", { DateGreaterThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }],
    ["the current time in seconds", { NumericGreaterThan: { "aws:EpochTime": "1577836800" } }],
    ["the region", { StringEquals: { "aws:RequestedRegion": place.region } }],
    ["whether an AWS service makes the call", { Bool: { "aws:ViaAWSService": "false" } }],
    [
      "whether multi-factor authentication was used",
      { Bool: { "aws:MultiFactorAuthPresent": "false" } },
    ],
    ["the version of TLS", { NumericGreaterThanEquals: { "s3:TlsVersion": "1.2" } }],
  ])("has a value for Deny and Allow: %s", (_, condition) => {
    expect(read({ deny: condition }).isAllowed).toBe(false);
    expect(read({ condition }).isAllowed).toBe(true);
  });

  test("makes a Deny for other values not apply", () => {
    expect(read({ deny: { StringNotEquals: { "aws:RequestedRegion": place.region } } })).toEqual({
      isAllowed: true,
      denials: [],
    });
  });
});

test("a key that is known to be absent does not match, and matches Null", () => {
  expect(read({ deny: { StringEquals: { "aws:SourceVpce": "vpce-1" } } }).isAllowed).toBe(true);
  expect(read({ condition: { Null: { "s3:prefix": "true" } } }).isAllowed).toBe(true);
});

test("denies every request of a role with an unknown managed policy, and says why", () => {
  const managedPolicyArns = ["arn:aws:iam::aws:policy/Unknown"];
  const { authority, principal, denials } = authorityOver({ managedPolicyArns });

  expect(authority.denialFor(principal, [READ])).toContain("is not authorized to perform");
  expect(denials).toEqual([
    {
      caller: arn,
      action: READ.action,
      resource: READ.resource,
      reason:
        "arn:aws:iam::aws:policy/Unknown cannot be evaluated: " +
        "offline does not know the statements of this AWS managed policy",
    },
  ]);
});
