import { describe, expect, test } from "vitest";

import { Authority, type Denial } from "../../src/edge/authority.ts";
import { plan } from "../../src/stack/plan.ts";
import type { Inputs } from "../../src/synth/graph.ts";
import { fn, graphOf, role, source } from "../graphs.ts";

const place = { accountId: "000000000000", region: "eu-west-1" };
const arn = `arn:aws:iam::${place.accountId}:role/TheRole`;
const READ = { action: "s3:GetObject", resource: "arn:aws:s3:::files/k", context: {} };

/** The authority over a role that may do anything, but for these statements and conditions. */
function authorityOver({ deny, condition }: { deny?: Inputs; condition?: Inputs }) {
  const statements = [
    { Effect: "Allow", Action: "s3:*", Resource: "*", ...(condition && { Condition: condition }) },
    ...(deny ? [{ Effect: "Deny", Action: "*", Resource: "*", Condition: deny }] : []),
  ];
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  const theRole = role("TheRole", { inlinePolicies: [{ name: "own", policy }] });
  const denials: Denial[] = [];
  const { functions } = plan(graphOf([theRole, fn("The")], [source("The")]));
  const authority = new Authority(
    functions.map((each) => each.role),
    () => undefined,
    place,
    (denial) => denials.push(denial),
  );
  const principal = { type: "role", arn, accountId: place.accountId } as const;
  return { authority, principal, denials };
}

/** Whether such a role may read an object. */
function ask(but: { deny?: Inputs; condition?: Inputs }) {
  const { authority, principal, denials } = authorityOver(but);
  const denied = authority.deny(principal, [READ], { "aws:SourceIp": "127.0.0.1" });
  return { isAllowed: denied === undefined, denials };
}

test("a question that refuses nothing is answered alike, and not told of", () => {
  const deny = { StringEquals: { "aws:SourceIp": "127.0.0.1" } };
  const { authority, principal, denials } = authorityOver({ deny });

  expect(authority.allows(principal, READ, { "aws:SourceIp": "127.0.0.1" })).toBe(false);
  expect(authority.allows(principal, READ, { "aws:SourceIp": "127.0.0.2" })).toBe(true);
  expect(denials).toEqual([]);
});

describe("a condition key of which nothing is known here", () => {
  test.each<[string, Inputs]>([
    ["a tag of the caller", { StringEquals: { "aws:PrincipalTag/team": "a" } }],
    ["a tag of the resource", { StringEquals: { "aws:ResourceTag/secret": "yes" } }],
    ["the organization", { StringEqualsIfExists: { "aws:PrincipalOrgID": "o-1" } }],
    ["one of a service", { StringEquals: { "s3:signatureversion": "AWS" } }],
    ["one that it is absent", { Null: { "aws:PrincipalTag/team": "true" } }],
  ])("denies what a Deny says of it: %s", (_, deny) => {
    const { isAllowed, denials } = ask({ deny });

    expect(isAllowed).toBe(false);
    expect(denials[0]?.reason).toMatch(/offline does not know the value of (aws|s3):\S+/);
  });

  test("allows nothing, also where it need not exist", () => {
    const condition = { StringEqualsIfExists: { "aws:PrincipalTag/team": "a" } };

    expect(ask({ condition }).isAllowed).toBe(false);
  });
});

describe("a condition key that AWS adds to every request", () => {
  test.each<[string, Inputs]>([
    ["the time", { DateGreaterThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }],
    ["the seconds", { NumericGreaterThan: { "aws:EpochTime": "1577836800" } }],
    ["the region", { StringEquals: { "aws:RequestedRegion": place.region } }],
    ["that no service calls for the caller", { Bool: { "aws:ViaAWSService": "false" } }],
    ["that there was no second factor", { Bool: { "aws:MultiFactorAuthPresent": "false" } }],
    ["the version of TLS", { NumericGreaterThanEquals: { "s3:TlsVersion": "1.2" } }],
  ])("is there to be denied and allowed by: %s", (_, condition) => {
    expect(ask({ deny: condition }).isAllowed).toBe(false);
    expect(ask({ condition }).isAllowed).toBe(true);
  });

  test("that is another one lets the request pass a Deny", () => {
    expect(ask({ deny: { StringNotEquals: { "aws:RequestedRegion": place.region } } })).toEqual({
      isAllowed: true,
      denials: [],
    });
  });
});

test("a key that a request is known not to have is absent", () => {
  expect(ask({ deny: { StringEquals: { "aws:SourceVpce": "vpce-1" } } }).isAllowed).toBe(true);
  expect(ask({ condition: { Null: { "s3:prefix": "true" } } }).isAllowed).toBe(true);
});
