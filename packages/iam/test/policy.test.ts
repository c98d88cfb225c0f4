import { describe, expect, test } from "vitest";

import { PolicyError } from "../src/error.ts";
import { parsePolicy, type PolicyKind } from "../src/policy.ts";
import { complete } from "./factories.ts";

/** What is wrong with a policy of one statement, and where. */
function faultOf(statement: Record<string, unknown>, kind: PolicyKind = "identity"): string {
  return faultIn({ Version: "2012-10-17", Statement: [complete(kind, statement)] }, kind);
}

function faultIn(source: unknown, kind: PolicyKind = "identity"): string {
  try {
    parsePolicy(source, kind);
    return "none";
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return `${error.code} ${error.where}`.trim();
  }
}

describe("parsePolicy", () => {
  test("reads text and objects alike, single strings as lists", () => {
    const json = {
      Version: "2012-10-17",
      Id: "id",
      Statement: {
        Sid: "S",
        Effect: "Deny",
        Principal: { AWS: "111122223333", Service: ["s3.amazonaws.com"] },
        NotAction: "s3:GetObject",
        Resource: ["arn:aws:s3:::b"],
        Condition: { "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["a", true, 1] } },
      },
    };
    const parsed = parsePolicy(json, "resource");

    expect(parsePolicy(JSON.stringify(json), "resource")).toStrictEqual(parsed);
    expect(parsed).toMatchObject({
      version: "2012-10-17",
      id: "id",
      statements: [
        {
          sid: "S",
          effect: "Deny",
          principals: {
            not: false,
            set: { everyone: false, accounts: ["111122223333"], services: ["s3.amazonaws.com"] },
          },
          actions: { not: true, patterns: ["s3:GetObject"] },
          resources: { not: false, patterns: ["arn:aws:s3:::b"] },
          conditions: [
            {
              operator: "StringLike",
              quantifier: "ForAnyValue",
              ifExists: true,
              key: "aws:TagKeys",
              values: ["a", "true", "1"],
            },
          ],
        },
      ],
    });
  });

  test("takes a policy without a version for one of 2008", () => {
    expect(parsePolicy({ Statement: [] }, "identity").version).toBe("2008-10-17");
  });

  test("says what is wrong, where and what would be right", () => {
    const source = {
      Version: "2012-10-17",
      Statement: [complete("identity", { Effect: "allow" })],
    };

    expect(() => parsePolicy(source, "identity")).toThrow(
      'Statement[0].Effect: must be "Allow" or "Deny", in this letter case',
    );
  });

  test.each<[string, unknown, string]>([
    ["text that is no JSON", "{", "policy.bad_json"],
    ["a list", [], "policy.bad_shape"],
    ["null", null, "policy.bad_shape"],
    ["an unknown element", { Statement: [], Statments: [] }, "policy.unknown_element Statments"],
    [
      "an unknown version",
      { Version: "2012-10-18", Statement: [] },
      "policy.unknown_version Version",
    ],
    ["no statement", { Version: "2012-10-17" }, "policy.missing_element"],
    ["a statement that is no object", { Statement: ["a"] }, "policy.bad_shape Statement[0]"],
    ["an Id that is no text", { Id: 1, Statement: [] }, "policy.bad_shape Id"],
  ])("refuses %s", (_name, source, fault) => {
    expect(faultIn(source)).toBe(fault);
  });

  test("refuses a member that occurs twice, which JSON.parse would drop in silence", () => {
    const twice = (conditions: string) =>
      `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{${conditions}}}]}`;

    expect(faultIn(twice(String.raw`"Bool":{"a:b":"\"","a:b":"true"}`))).toBe("policy.bad_json");
    expect(faultIn(twice('"StringEquals":{"a:b":"1"}, "StringEquals" :{"a:c":"1"}'))).toBe(
      "policy.bad_json",
    );
    expect(faultIn(twice(String.raw`"Bool":{"a:b":"true"},"B\u006fol":{"a:c":"true"}`))).toBe(
      "policy.bad_json",
    );
    expect(
      faultIn(twice(String.raw`"StringEquals":{"a:b":"\"StringEquals\":{"},"Bool":{"a:b":"true"}`)),
    ).toBe("none");
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["an unknown element", { Effects: "Allow" }, "policy.unknown_element Statement[0].Effects"],
    [
      "an element in another letter case",
      { condition: {} },
      "policy.unknown_element Statement[0].condition",
    ],
    ["no effect", { Effect: undefined }, "policy.bad_effect Statement[0].Effect"],
    ["a Sid that is no text", { Sid: 1 }, "policy.bad_shape Statement[0].Sid"],
    ["both Action and NotAction", { Action: "*", NotAction: "*" }, "policy.bad_shape Statement[0]"],
    [
      "both Resource and NotResource",
      { Resource: "*", NotResource: "*" },
      "policy.bad_shape Statement[0]",
    ],
    ["no action", { Action: undefined }, "policy.missing_element Statement[0]"],
    ["no resource", { Resource: undefined }, "policy.missing_element Statement[0]"],
    ["a list of no action", { Action: [] }, "policy.bad_action Statement[0].Action"],
    ["a list of no other action", { NotAction: [] }, "policy.bad_action Statement[0].NotAction"],
    [
      "an action without a service",
      { Action: "GetObject" },
      "policy.bad_action Statement[0].Action",
    ],
    [
      "an action with a wildcard for its service",
      { Action: "s*:Get" },
      "policy.bad_action Statement[0].Action",
    ],
    [
      "an action with a variable",
      { Action: "s3:${aws:username}" },
      "policy.bad_action Statement[0].Action",
    ],
    ["an action that is no text", { Action: [1] }, "policy.bad_action Statement[0].Action"],
    [
      "a resource that is no ARN",
      { Resource: "bucket/*" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a resource with a field too few",
      { Resource: "arn:aws:s3::b" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a resource with two fields too few",
      { Resource: "arn:aws:s3:bucket" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "… and a wildcard before the end",
      { Resource: "arn:aws:sqs:*:dead*" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a resource of any service",
      { Resource: "arn:aws:*:::b" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a resource of everything in AWS",
      { Resource: "arn:aws:*" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a variable for the account",
      { Resource: "arn:aws:sqs:a:${a:b}:q" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a variable that does not end",
      { Resource: "arn:aws:s3:::b/${a:b" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a variable without a key",
      { Resource: "arn:aws:s3:::b/${}" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a variable without a namespace",
      { Resource: "arn:aws:s3:::b/${x}" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a default without quotes",
      { Resource: "arn:aws:s3:::b/${a:b, c}" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a NotResource that is no ARN",
      { NotResource: "b" },
      "policy.bad_resource Statement[0].NotResource",
    ],
    ["a Principal", { Principal: "*" }, "policy.bad_principal Statement[0].Principal"],
    ["a NotPrincipal", { NotPrincipal: "*" }, "policy.bad_principal Statement[0].NotPrincipal"],
  ])("refuses, in an identity's policy, %s", (_name, statement, fault) => {
    expect(faultOf(statement)).toBe(fault);
  });

  test.each<[string, unknown, string]>([
    ["nobody", {}, ""],
    ["text but *", "111122223333", ""],
    ["an unknown type", { Aws: "*" }, ".Aws"],
    ["everybody of every type", { "*": "*" }, ".*"],
    ["no identifiers", { AWS: [] }, ".AWS"],
    ["an identifier that is no text", { AWS: [1] }, ".AWS"],
    ["an account of eleven digits", { AWS: "11112222333" }, ".AWS"],
    ["a pattern of a role", { AWS: "arn:aws:iam::111122223333:role/*" }, ".AWS"],
    ["a variable", { AWS: "arn:aws:iam::111122223333:user/${aws:username}" }, ".AWS"],
    ["a group", { AWS: "arn:aws:iam::111122223333:group/g" }, ".AWS"],
    ["the id of a deleted role", { AWS: "AROAEXAMPLE" }, ".AWS"],
    ["every service", { Service: "*" }, ".Service"],
    ["a service by its short name", { Service: "s3" }, ".Service"],
    ["a pattern of a provider", { Federated: "*" }, ".Federated"],
    ["a canonical user that is none", { CanonicalUser: "abc" }, ".CanonicalUser"],
  ])("refuses, as a principal, %s", (_name, Principal, at) => {
    expect(faultOf({ Principal }, "resource")).toBe(
      `policy.bad_principal Statement[0].Principal${at}`,
    );
  });

  test.each<[string, Record<string, unknown>, PolicyKind, string]>([
    [
      "a resource's policy without a principal",
      { Principal: undefined },
      "resource",
      "policy.missing_element Statement[0]",
    ],
    [
      "NotPrincipal that allows",
      { NotPrincipal: { AWS: "111122223333" } },
      "resource",
      "policy.bad_principal Statement[0].NotPrincipal",
    ],
    [
      "NotPrincipal in a trust policy",
      { Effect: "Deny", NotPrincipal: { AWS: "111122223333" } },
      "trust",
      "policy.bad_principal Statement[0].NotPrincipal",
    ],
    [
      "a resource in a trust policy",
      { Resource: "*" },
      "trust",
      "policy.bad_resource Statement[0].Resource",
    ],
  ])("refuses %s", (_name, statement, kind, fault) => {
    expect(faultOf(statement, kind)).toBe(fault);
  });

  test.each<[string, unknown, string]>([
    ["an unknown operator", { StringIs: { "a:b": "c" } }, "policy.unknown_operator .StringIs"],
    [
      "an operator in another letter case",
      { stringEquals: { "a:b": "c" } },
      "policy.unknown_operator .stringEquals",
    ],
    [
      "an inherited member as operator",
      { constructor: { "a:b": "c" } },
      "policy.unknown_operator .constructor",
    ],
    [
      "an unknown quantifier",
      { "ForSomeValues:Bool": { "a:b": "true" } },
      "policy.unknown_operator .ForSomeValues:Bool",
    ],
    [
      "Null with IfExists",
      { NullIfExists: { "a:b": "true" } },
      "policy.unknown_operator .NullIfExists",
    ],
    [
      "Null with a quantifier",
      { "ForAllValues:Null": { "a:b": "true" } },
      "policy.unknown_operator .ForAllValues:Null",
    ],
    ["an operator without keys", { StringEquals: {} }, "policy.bad_condition .StringEquals"],
    ["an operator that is a list", { StringEquals: ["a:b"] }, "policy.bad_condition .StringEquals"],
    [
      "a key without a namespace",
      { StringEquals: { a: "b" } },
      "policy.bad_condition .StringEquals",
    ],
    ["no value", { StringEquals: { "a:b": [] } }, "policy.bad_condition .StringEquals.a:b"],
    [
      "a value that is an object",
      { StringEquals: { "a:b": { c: "d" } } },
      "policy.bad_condition .StringEquals.a:b",
    ],
    ["null", { StringEquals: { "a:b": null } }, "policy.bad_condition .StringEquals.a:b"],
    [
      "a number that is none",
      { NumericEquals: { "a:b": "ten" } },
      "policy.bad_condition .NumericEquals.a:b",
    ],
    [
      "a variable as number",
      { NumericEquals: { "a:b": "${a:c}" } },
      "policy.bad_condition .NumericEquals.a:b",
    ],
    [
      "a date that is none",
      { DateLessThan: { "a:b": "2026-02-30" } },
      "policy.bad_condition .DateLessThan.a:b",
    ],
    [
      "a time without a zone",
      { DateLessThan: { "a:b": "2026-02-01T00:00" } },
      "policy.bad_condition .DateLessThan.a:b",
    ],
    ["a boolean that is none", { Bool: { "a:b": "yes" } }, "policy.bad_condition .Bool.a:b"],
    [
      "base64 that is none",
      { BinaryEquals: { "a:b": "a?b" } },
      "policy.bad_condition .BinaryEquals.a:b",
    ],
    [
      "an address that is none",
      { IpAddress: { "a:b": "10.0.0" } },
      "policy.bad_condition .IpAddress.a:b",
    ],
    [
      "a range too long",
      { IpAddress: { "a:b": "10.0.0.0/33" } },
      "policy.bad_condition .IpAddress.a:b",
    ],
    [
      "a range of nothing",
      { IpAddress: { "a:b": "10.0.0.0/" } },
      "policy.bad_condition .IpAddress.a:b",
    ],
    [
      "an ARN with five fields",
      { ArnLike: { "a:b": "arn:aws:s3:*:bucket" } },
      "policy.bad_condition .ArnLike.a:b",
    ],
    ["Null of something else", { Null: { "a:b": "maybe" } }, "policy.bad_condition .Null.a:b"],
    [
      "a variable that does not end",
      { StringEquals: { "a:b": "${a:c" } },
      "policy.bad_condition .StringEquals.a:b",
    ],
  ])("refuses, in a condition, %s", (_name, Condition, fault) => {
    const [code, at] = fault.split(" ");
    expect(faultOf({ Condition })).toBe(`${code} Statement[0].Condition${at}`);
  });

  test("refuses a Sid that occurs twice in an identity's policy", () => {
    const statement = complete("identity", { Sid: "A" });

    expect(faultIn({ Statement: [statement, statement] })).toBe(
      "policy.duplicate_sid Statement[1].Sid",
    );
  });

  test("leaves out members without a value, as JSON does", () => {
    expect(faultOf({ Condition: undefined, Sid: undefined })).toBe("none");
  });
});
