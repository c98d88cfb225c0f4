import { describe, expect, test } from "vitest";

import type { RequestContext } from "../src/context.ts";
import { evaluate } from "../src/evaluate.ts";
import { loadPolicy } from "../src/policy.ts";
import {
  accessRequest,
  ACCOUNT,
  byResource,
  isAllowed,
  policy,
  policyJson,
  role,
  service,
  user,
} from "./factories.ts";

describe("the example in IAM's documentation", () => {
  const carlos = user("carlossalazar");
  const identity = [
    loadPolicy(
      "carlossalazar",
      policyJson(
        {
          Sid: "AllowS3ListRead",
          Effect: "Allow",
          Action: ["s3:GetBucketLocation", "s3:ListAllMyBuckets"],
          Resource: "arn:aws:s3:::*",
        },
        {
          Sid: "AllowS3Self",
          Effect: "Allow",
          Action: "s3:*",
          Resource: ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"],
        },
        { Sid: "DenyS3Logs", Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::*log*" },
      ),
      "identity",
    ),
  ];
  const resource = [
    loadPolicy(
      "bucket",
      policyJson({
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/carlossalazar` },
        Action: "s3:*",
        Resource: ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"],
      }),
      "resource",
    ),
  ];
  const put = (arn: string) =>
    accessRequest({ principal: carlos, action: "s3:PutObject", resource: arn });

  test("allows Carlos to write to his bucket with either policy, and with both", () => {
    const request = put("arn:aws:s3:::carlossalazar/file");

    expect(evaluate(request, { identity, resource }).allowed).toBe(true);
    expect(evaluate(request, { identity }).allowed).toBe(true);
    expect(evaluate(request, { identity: [], resource }).allowed).toBe(true);
  });

  test("denies Carlos the logs explicitly and other buckets implicitly", () => {
    expect(evaluate(put("arn:aws:s3:::carlossalazar-logs/file"), { identity })).toMatchObject({
      reason: "explicit_deny",
      statement: { sid: "DenyS3Logs" },
    });
    expect(evaluate(put("arn:aws:s3:::other/file"), { identity })).toMatchObject({
      reason: "implicit_deny",
    });
  });
});

describe("conditions of AWS's example policies", () => {
  const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:events`;

  test("a queue accepts messages from S3 only for one bucket of one account", () => {
    const statement = {
      Action: "sqs:SendMessage",
      Principal: { Service: "s3.amazonaws.com" },
      Resource: QUEUE,
      Condition: {
        ArnLike: { "aws:SourceArn": "arn:aws:s3:*:*:files" },
        StringEquals: { "aws:SourceAccount": ACCOUNT },
      },
    };
    const send = (context: RequestContext) =>
      byResource(
        {
          principal: service("s3.amazonaws.com"),
          action: "sqs:SendMessage",
          resource: QUEUE,
          context,
        },
        statement,
      ).allowed;
    const valid = { "aws:SourceArn": "arn:aws:s3:::files", "aws:SourceAccount": ACCOUNT };

    expect(send(valid)).toBe(true);
    expect(send({ ...valid, "aws:SourceArn": "arn:aws:s3:::files2" })).toBe(false);
    expect(send({ ...valid, "aws:SourceAccount": "444455556666" })).toBe(false);
    expect(send({})).toBe(false);
  });

  test("a bucket denies plain HTTP", () => {
    const resource = [
      policy("resource", {
        Effect: "Deny",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    ];
    const get = (secure: string) =>
      evaluate(accessRequest({ context: { "aws:SecureTransport": secure } }), {
        identity: [policy("identity", {})],
        resource,
      });

    expect(get("true").allowed).toBe(true);
    expect(get("false")).toMatchObject({ reason: "explicit_deny" });
  });

  test("aws:PrincipalArn denies everyone except one role", () => {
    const Condition = { ArnNotEquals: { "aws:PrincipalArn": role().arn } };
    const resource = [policy("resource", {}, { Effect: "Deny", Condition })];
    const get = (name: string) =>
      evaluate(accessRequest({ principal: role(name) }), { identity: [], resource }).allowed;

    expect(get("Ingest")).toBe(true);
    expect(get("Other")).toBe(false);
  });

  test("s3:prefix and s3:max-keys limit a listing", () => {
    const Condition = {
      StringLike: { "s3:prefix": "public/*" },
      NumericLessThanEquals: { "s3:max-keys": "10" },
    };
    const holds = (context: RequestContext) => isAllowed({ context }, { Condition });

    expect(holds({ "s3:prefix": "public/a", "s3:max-keys": "10" })).toBe(true);
    expect(holds({ "s3:prefix": "public/a", "s3:max-keys": "11" })).toBe(false);
    expect(holds({ "s3:prefix": "public/a" })).toBe(false);
    expect(holds({ "s3:prefix": "private/a", "s3:max-keys": "1" })).toBe(false);
  });

  test("a data perimeter allows AWS services", () => {
    const Condition = {
      StringNotEqualsIfExists: { "aws:PrincipalAccount": ACCOUNT },
      Bool: { "aws:PrincipalIsAWSService": "false" },
    };
    const resource = [policy("resource", {}, { Effect: "Deny", Condition })];
    const get = (principal: Parameters<typeof accessRequest>[0]) =>
      evaluate(accessRequest(principal), { identity: [], resource }).allowed;

    expect(get({ principal: service("cloudtrail.amazonaws.com") })).toBe(true);
    expect(get({ principal: role() })).toBe(true);
    expect(get({ principal: role("R", "444455556666") })).toBe(false);
  });
});
