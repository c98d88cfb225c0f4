import { evaluate, loadPolicy, parsePolicy, PolicyError, type AccessRequest } from "@waybill/iam";
import { describe, expect, test } from "vitest";

import { fromPulumi } from "../../src/synth/policy-document.ts";

const ACCOUNT = "111122223333";
const role = {
  type: "role",
  arn: `arn:aws:iam::${ACCOUNT}:role/Ingest`,
  accountId: ACCOUNT,
  session: "run",
} as const;
const service = (name: string) => ({ type: "service", service: name }) as const;

/** A request of a role to read an object, with changes. */
const requestWith = (changes: Partial<AccessRequest>): AccessRequest => ({
  principal: role,
  action: "s3:GetObject",
  resource: "arn:aws:s3:::bucket/key",
  owner: ACCOUNT,
  context: {},
  ...changes,
});

const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:events`;

/** The code and the place of the error for invalid arguments. */
function faultOf(args: unknown): string {
  try {
    fromPulumi(args);
    return "none";
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return `${error.code} ${error.where}`.trim();
  }
}

describe("the arguments that SST's components pass", () => {
  test("converts the permissions of a function", () => {
    const json = fromPulumi({
      statements: [
        {
          effect: "Allow",
          actions: ["s3:GetObject", "s3:GetObjectVersion"],
          resources: ["arn:aws:s3:::files/*"],
          conditions: undefined,
        },
      ],
    });

    expect(json).toStrictEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["s3:GetObject", "s3:GetObjectVersion"],
          Resource: "arn:aws:s3:::files/*",
        },
      ],
    });
    const identity = [loadPolicy("inline", JSON.stringify(json), "identity")];
    expect(
      evaluate(requestWith({ resource: "arn:aws:s3:::files/a b" }), { identity }).allowed,
    ).toBe(true);
    expect(evaluate(requestWith({ action: "s3:PutObject" }), { identity }).allowed).toBe(false);
  });

  test("converts a bucket policy that denies plain HTTP", () => {
    const json = fromPulumi({
      statements: [
        {
          effect: "Deny",
          principals: [{ type: "*", identifiers: ["*"] }],
          actions: ["s3:*"],
          resources: ["arn:aws:s3:::files", "arn:aws:s3:::files/*"],
          conditions: [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }],
        },
      ],
    });

    expect(json.Statement).toStrictEqual([
      {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: ["arn:aws:s3:::files", "arn:aws:s3:::files/*"],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
    expect(parsePolicy(json, "resource").statements).toHaveLength(1);
  });

  test("converts a queue policy for several services, with two conditions of one operator", () => {
    const json = fromPulumi({
      statements: [
        {
          actions: ["sqs:SendMessage"],
          resources: [QUEUE],
          principals: [{ type: "Service", identifiers: ["sns.amazonaws.com", "s3.amazonaws.com"] }],
          conditions: [
            { test: "StringEquals", variable: "aws:SourceAccount", values: [ACCOUNT] },
            { test: "StringEquals", variable: "aws:SourceOrgID", values: ["o-1", "o-2"] },
            { test: "ArnLike", variable: "aws:SourceArn", values: ["arn:aws:s3:::files"] },
          ],
        },
      ],
    });
    const resource = [loadPolicy("queue", json, "resource")];
    const send = (org: string) =>
      evaluate(
        requestWith({
          principal: service("s3.amazonaws.com"),
          action: "sqs:SendMessage",
          resource: QUEUE,
          context: {
            "aws:SourceAccount": ACCOUNT,
            "aws:SourceOrgID": org,
            "aws:SourceArn": "arn:aws:s3:::files",
          },
        }),
        { identity: [], resource },
      ).allowed;

    expect(send("o-2")).toBe(true);
    expect(send("o-3")).toBe(false);
  });

  test("converts a trust policy", () => {
    const json = fromPulumi({
      statements: [
        {
          actions: ["sts:AssumeRole"],
          principals: [
            { type: "Service", identifiers: ["lambda.amazonaws.com"] },
            { type: "AWS", identifiers: [`arn:aws:iam::${ACCOUNT}:root`] },
          ],
        },
      ],
    });

    expect(parsePolicy(json, "trust").statements[0]?.principals?.set).toMatchObject({
      accounts: [ACCOUNT],
      services: ["lambda.amazonaws.com"],
    });
  });
});

describe("other arguments of the AWS provider", () => {
  test("merges conditions with the same test and variable", () => {
    const condition = (value: string) => ({
      test: "StringLike",
      variable: "s3:prefix",
      values: [value],
    });
    const json = fromPulumi({
      statements: [
        {
          actions: ["s3:ListBucket"],
          resources: ["*"],
          conditions: [condition("a"), condition("b")],
        },
      ],
    });

    expect(json.Statement[0]?.["Condition"]).toStrictEqual({
      StringLike: { "s3:prefix": ["a", "b"] },
    });
  });

  test("converts &{…} to a policy variable", () => {
    const json = fromPulumi({
      statements: [
        {
          actions: ["s3:GetObject"],
          resources: ["arn:aws:s3:::b/&{aws:username}"],
          conditions: [
            { test: "StringLike", variable: "s3:prefix", values: ["&{aws:username}/*"] },
          ],
        },
      ],
    });

    expect(json.Statement[0]).toMatchObject({
      Resource: "arn:aws:s3:::b/${aws:username}",
      Condition: { StringLike: { "s3:prefix": "${aws:username}/*" } },
    });
  });

  test("keeps the principal {AWS: *}, which trust policies require", () => {
    const principalOf = (...principals: object[]) =>
      fromPulumi({ statements: [{ actions: ["*"], principals }] }).Statement[0]?.["Principal"];

    expect(principalOf({ type: "AWS", identifiers: ["*"] })).toStrictEqual({ AWS: "*" });
    expect(
      principalOf({ type: "AWS", identifiers: ["1"] }, { type: "AWS", identifiers: ["2"] }),
    ).toStrictEqual({
      AWS: ["1", "2"],
    });
  });

  test("puts source documents first, and lets overrides replace statements with the same Sid", () => {
    const document = (...Statement: object[]) =>
      JSON.stringify({ Version: "2012-10-17", Statement });
    const json = fromPulumi({
      policyId: "id",
      sourcePolicyDocuments: [document({ Sid: "A", Effect: "Allow" }, { Effect: "Deny" })],
      statements: [{ sid: "B", actions: ["s3:GetObject"] }],
      overridePolicyDocuments: [
        document({ Sid: "A", Effect: "Deny" }, { Sid: "C", Effect: "Deny" }),
      ],
    });

    expect(json).toStrictEqual({
      Version: "2012-10-17",
      Id: "id",
      Statement: [
        { Sid: "A", Effect: "Deny" },
        { Effect: "Deny" },
        { Sid: "B", Effect: "Allow", Action: "s3:GetObject" },
        { Sid: "C", Effect: "Deny" },
      ],
    });
  });

  test("omits empty lists, so that parsePolicy rejects the statement", () => {
    const json = fromPulumi({ statements: [{ actions: [], resources: ["*"] }] });

    expect(() => parsePolicy(json, "identity")).toThrow(
      "Statement[0]: must have Action or NotAction",
    );
  });

  test("keeps a condition without values, so that parsePolicy rejects it", () => {
    const conditions = [{ test: "StringEquals", variable: "aws:username", values: [] }];
    const json = fromPulumi({
      statements: [{ actions: ["s3:GetObject"], resources: ["*"], conditions }],
    });

    expect(() => parsePolicy(json, "identity")).toThrow("must have at least one value");
  });

  test("keeps SST's misspelled canonical user, which AWS rejects", () => {
    const principals = [{ type: "Canonical", identifiers: ["79a59df900b949e5"] }];
    const json = fromPulumi({
      statements: [{ actions: ["s3:GetObject"], resources: ["*"], principals }],
    });

    expect(() => parsePolicy(json, "resource")).toThrow("is not a type of principal");
  });

  test.each<[string, unknown, string]>([
    ["a value that is not an object", "policy", "policy.bad_shape"],
    ["an unknown argument", { statement: [] }, "policy.unknown_element .statement"],
    [
      "an unknown member",
      { statements: [{ action: ["*"] }] },
      "policy.unknown_element statements[0].action",
    ],
    [
      "actions that are not a list",
      { statements: [{ actions: "*" }] },
      "policy.bad_shape statements[0].actions",
    ],
    [
      "an action that is not a string",
      { statements: [{ actions: [{}] }] },
      "policy.bad_shape statements[0].actions",
    ],
    [
      "the same Sid twice",
      { statements: [{ sid: "A" }, { sid: "A" }] },
      "policy.duplicate_sid statements",
    ],
    [
      "a condition without a test",
      { statements: [{ conditions: [{ variable: "a:b", values: [] }] }] },
      "policy.bad_shape statements[0].conditions[0]",
    ],
    [
      "a principal without a type",
      { statements: [{ principals: [{ identifiers: ["*"] }] }] },
      "policy.bad_shape statements[0].principals[0].type",
    ],
    [
      "a variable in version 2008-10-17",
      { version: "2008-10-17", statements: [{ resources: ["&{a:b}"] }] },
      "policy.bad_shape statements[0]",
    ],
    ["a source that is not JSON", { sourcePolicyDocuments: ["{"] }, "policy.bad_json"],
    [
      "an effect that is not a string",
      { statements: [{ sid: role.arn, effect: 1 }] },
      "policy.bad_shape statements[0].effect",
    ],
  ])("rejects %s", (_name, args, fault) => {
    expect(faultOf(args)).toBe(fault);
  });
});
