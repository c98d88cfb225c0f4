import { describe, expect, test } from "vitest";

import type { PolicyKind } from "../src/document.ts";
import { parsePolicy } from "../src/policy.ts";
import { complete } from "./factories.ts";
import { faultIn, faultOf } from "./policy-error.ts";

describe("parsePolicy", () => {
  test("reads JSON text and objects, and single strings as lists", () => {
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

  test("reads a policy without a version as version 2008-10-17", () => {
    expect(parsePolicy({ Statement: [] }, "identity").version).toBe("2008-10-17");
  });

  test("names the element, the problem and the valid values", () => {
    const source = {
      Version: "2012-10-17",
      Statement: [complete("identity", { Effect: "allow" })],
    };

    expect(() => parsePolicy(source, "identity")).toThrow(
      'Statement[0].Effect: must be "Allow" or "Deny", in this letter case',
    );
  });

  test.each<[string, unknown, string]>([
    ["text that is not JSON", "{", "policy.bad_json"],
    ["a list", [], "policy.bad_shape"],
    ["null", null, "policy.bad_shape"],
    ["an unknown element", { Statement: [], Statments: [] }, "policy.unknown_element Statments"],
    [
      "an unknown version",
      { Version: "2012-10-18", Statement: [] },
      "policy.unknown_version Version",
    ],
    ["no statement", { Version: "2012-10-17" }, "policy.missing_element"],
    ["a statement that is not an object", { Statement: ["a"] }, "policy.bad_shape Statement[0]"],
    ["an Id that is not text", { Id: 1, Statement: [] }, "policy.bad_shape Id"],
  ])("rejects %s", (_name, source, fault) => {
    expect(faultIn(source)).toBe(fault);
  });

  test("rejects a repeated member, which JSON.parse would drop silently", () => {
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
    ["a Sid that is not text", { Sid: 1 }, "policy.bad_shape Statement[0].Sid"],
    ["both Action and NotAction", { Action: "*", NotAction: "*" }, "policy.bad_shape Statement[0]"],
    [
      "both Resource and NotResource",
      { Resource: "*", NotResource: "*" },
      "policy.bad_shape Statement[0]",
    ],
    ["no action", { Action: undefined }, "policy.missing_element Statement[0]"],
    ["no resource", { Resource: undefined }, "policy.missing_element Statement[0]"],
    ["an empty list of actions", { Action: [] }, "policy.bad_action Statement[0].Action"],
    ["an empty list of NotAction", { NotAction: [] }, "policy.bad_action Statement[0].NotAction"],
    [
      "an action without a service",
      { Action: "GetObject" },
      "policy.bad_action Statement[0].Action",
    ],
    [
      "an action with a wildcard in its service",
      { Action: "s*:Get" },
      "policy.bad_action Statement[0].Action",
    ],
    [
      "an action with a variable",
      { Action: "s3:${aws:username}" },
      "policy.bad_action Statement[0].Action",
    ],
    ["an action that is not text", { Action: [1] }, "policy.bad_action Statement[0].Action"],
    [
      "a resource that is not an ARN",
      { Resource: "bucket/*" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a resource with five fields",
      { Resource: "arn:aws:s3::b" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a resource with four fields",
      { Resource: "arn:aws:s3:bucket" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a resource with five fields and a wildcard before the last",
      { Resource: "arn:aws:sqs:*:dead*" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a resource with a wildcard as service",
      { Resource: "arn:aws:*:::b" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a resource with a wildcard from the service on",
      { Resource: "arn:aws:*" },
      "policy.bad_resource Statement[0].Resource",
    ],
    [
      "a variable as account",
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
      "a NotResource that is not an ARN",
      { NotResource: "b" },
      "policy.bad_resource Statement[0].NotResource",
    ],
    ["a Principal", { Principal: "*" }, "policy.bad_principal Statement[0].Principal"],
    ["a NotPrincipal", { NotPrincipal: "*" }, "policy.bad_principal Statement[0].NotPrincipal"],
  ])("rejects, in an identity policy, %s", (_name, statement, fault) => {
    expect(faultOf(statement)).toBe(fault);
  });

  test.each<[string, unknown, string]>([
    ["an empty object", {}, ""],
    ["text other than *", "111122223333", ""],
    ["an unknown type", { Aws: "*" }, ".Aws"],
    ["a wildcard as type", { "*": "*" }, ".*"],
    ["no identifiers", { AWS: [] }, ".AWS"],
    ["an identifier that is not text", { AWS: [1] }, ".AWS"],
    ["an account of eleven digits", { AWS: "11112222333" }, ".AWS"],
    ["a pattern of a role", { AWS: "arn:aws:iam::111122223333:role/*" }, ".AWS"],
    ["a variable", { AWS: "arn:aws:iam::111122223333:user/${aws:username}" }, ".AWS"],
    ["a group", { AWS: "arn:aws:iam::111122223333:group/g" }, ".AWS"],
    ["the id of a deleted role", { AWS: "AROAEXAMPLE" }, ".AWS"],
    ["every service", { Service: "*" }, ".Service"],
    ["a service by its short name", { Service: "s3" }, ".Service"],
    ["a pattern of a provider", { Federated: "*" }, ".Federated"],
    ["text that is not a canonical user id", { CanonicalUser: "abc" }, ".CanonicalUser"],
  ])("rejects, as a principal, %s", (_name, Principal, at) => {
    expect(faultOf({ Principal }, "resource")).toBe(
      `policy.bad_principal Statement[0].Principal${at}`,
    );
  });

  test.each<[string, Record<string, unknown>, PolicyKind, string]>([
    [
      "a resource policy without a principal",
      { Principal: undefined },
      "resource",
      "policy.missing_element Statement[0]",
    ],
    [
      "NotPrincipal with Allow",
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
  ])("rejects %s", (_name, statement, kind, fault) => {
    expect(faultOf(statement, kind)).toBe(fault);
  });

  test("rejects a repeated Sid in an identity policy", () => {
    const statement = complete("identity", { Sid: "A" });

    expect(faultIn({ Statement: [statement, statement] })).toBe(
      "policy.duplicate_sid Statement[1].Sid",
    );
  });

  test("ignores undefined members, as JSON does", () => {
    expect(faultOf({ Condition: undefined, Sid: undefined })).toBe("none");
  });
});
