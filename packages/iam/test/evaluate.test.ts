import { describe, expect, test } from "vitest";

import { denialMessage, evaluate } from "../src/evaluate.ts";
import { loadPolicy } from "../src/policy.ts";
import {
  accessRequest,
  ACCOUNT,
  byIdentity,
  byResource,
  isAllowed,
  OTHER_ACCOUNT,
  policy,
  role,
  root,
} from "./factories.ts";

const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:events`;

describe("within one account", () => {
  test("denies by default", () => {
    expect(evaluate(accessRequest(), { identity: [] })).toStrictEqual({
      allowed: false,
      reason: "implicit_deny",
    });
  });

  test("an allow of the identity is enough, and the decision names it", () => {
    expect(byIdentity({}, { Effect: "Allow", Action: "s3:Put*" }, { Sid: "Read" })).toStrictEqual({
      allowed: true,
      reason: "identity_allow",
      statement: { policy: "identity", sid: "Read", index: 1 },
    });
  });

  test("an allow of the resource is enough", () => {
    expect(byResource({}, { Principal: { AWS: role().arn } })).toMatchObject({
      allowed: true,
      reason: "resource_allow",
    });
  });

  test.each(["identity", "resource"] as const)(
    "an explicit deny of the %s overrides every allow",
    (side) => {
      const deny = policy(side, { Sid: "No", Effect: "Deny" });
      const decision = evaluate(accessRequest(), {
        identity: [policy("identity", {}), ...(side === "identity" ? [deny] : [])],
        resource: [policy("resource", {}), ...(side === "resource" ? [deny] : [])],
      });

      expect(decision).toStrictEqual({
        allowed: false,
        reason: "explicit_deny",
        in: side,
        statement: { policy: side, sid: "No", index: 0 },
      });
    },
  );

  test("the root user needs no policy, but an explicit deny applies to it", () => {
    expect(evaluate(accessRequest({ principal: root }), { identity: [] })).toMatchObject({
      allowed: true,
      reason: "root",
    });
    expect(byResource({ principal: root }, { Effect: "Deny" })).toMatchObject({ allowed: false });
  });

  test("a resource policy that names the account delegates to the identity's policies", () => {
    const resource = [policy("resource", { Principal: { AWS: ACCOUNT } })];

    expect(evaluate(accessRequest(), { identity: [], resource }).allowed).toBe(false);
    expect(
      evaluate(accessRequest(), { identity: [policy("identity", {})], resource }).allowed,
    ).toBe(true);
  });

  test("denying the account denies everyone in it", () => {
    const identity = [policy("identity", {})];
    for (const AWS of [ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`]) {
      const resource = [policy("resource", { Effect: "Deny", Principal: { AWS } })];

      expect(evaluate(accessRequest(), { identity, resource })).toMatchObject({
        reason: "explicit_deny",
      });
    }
  });
});

describe("across accounts", () => {
  const reader = role("Reader", OTHER_ACCOUNT);
  const request = accessRequest({ principal: reader });
  const identity = [policy("identity", {})];

  test.each([OTHER_ACCOUNT, `arn:aws:iam::${OTHER_ACCOUNT}:root`, reader.arn, "*"])(
    "both sides must allow if the resource names %s",
    (AWS) => {
      const resource = [policy("resource", { Principal: { AWS } })];

      expect(evaluate(request, { identity, resource })).toMatchObject({
        allowed: true,
        reason: "both",
      });
      expect(evaluate(request, { identity: [], resource })).toMatchObject({
        reason: "cross_account",
        missing: "identity",
      });
      expect(evaluate(request, { identity, resource: [] })).toMatchObject({
        reason: "cross_account",
        missing: "resource",
      });
    },
  );

  test("the account in an ARN takes precedence over the given owner", () => {
    const queue = accessRequest({
      action: "sqs:SendMessage",
      resource: QUEUE,
      owner: OTHER_ACCOUNT,
    });
    const anyAction = [policy("identity", { Action: "*" })];

    expect(evaluate(queue, { identity: anyAction }).allowed).toBe(true);
    expect(evaluate({ ...queue, principal: reader }, { identity: anyAction })).toMatchObject({
      reason: "cross_account",
    });
  });

  test("the root user of another account needs an allow of the resource", () => {
    const principal = { type: "root", accountId: OTHER_ACCOUNT } as const;

    expect(evaluate(accessRequest({ principal }), { identity: [] }).allowed).toBe(false);
    expect(byResource({ principal }, { Principal: { AWS: OTHER_ACCOUNT } }).allowed).toBe(true);
  });
});

describe("actions", () => {
  test.each([
    ["s3:GetObject", "s3:GetObject", true],
    ["S3:getobject", "s3:GetObject", true],
    ["s3:GetObject", "S3:GETOBJECT", true],
    ["s3:Get*", "s3:GetObjectVersion", true],
    ["s3:*Object", "s3:PutObject", true],
    ["s3:?etObject", "s3:GetObject", true],
    ["s3:?GetObject", "s3:GetObject", false],
    ["s3:GetObject", "s3:GetObjectVersion", false],
    ["s3:*", "sqs:SendMessage", false],
    ["*", "sqs:SendMessage", true],
    ["*:*", "sqs:SendMessage", true],
  ])("%j and the action %j: %j", (Action, action, allowed) => {
    expect(isAllowed({ action }, { Action })).toBe(allowed);
  });

  test("NotAction matches every other action", () => {
    const statement = { NotAction: ["s3:Delete*", "iam:*"] };

    expect(isAllowed({ action: "s3:GetObject" }, statement)).toBe(true);
    expect(isAllowed({ action: "s3:DeleteObject" }, statement)).toBe(false);
    expect(isAllowed({ action: "sqs:SendMessage" }, statement)).toBe(true);
  });
});

describe("a policy that is not valid", () => {
  test("denies every request, and the decision contains the error", () => {
    const broken = policy("resource", {
      Condition: { StringResembles: { "aws:PrincipalArn": "x" } },
    });
    const decision = evaluate(accessRequest(), {
      identity: [policy("identity", {})],
      resource: [broken],
    });

    expect(decision).toMatchObject({
      allowed: false,
      reason: "invalid_policy",
      policy: "resource",
      error: { code: "policy.unknown_operator", where: "Statement[0].Condition.StringResembles" },
    });
  });

  test("denies the root user too", () => {
    const resource = [loadPolicy("bucket", "{", "resource")];

    expect(evaluate(accessRequest({ principal: root }), { identity: [], resource })).toMatchObject({
      reason: "invalid_policy",
    });
  });
});

describe("the message of a denial", () => {
  const messageOf = (
    request = accessRequest(),
    ...policies: [identity: object, resource?: object]
  ) => {
    const [identity, resource] = policies;
    const decision = evaluate(request, {
      identity: [policy("identity", { ...identity })],
      ...(resource && { resource: [policy("resource", { ...resource })] }),
    });
    return decision.allowed ? "" : denialMessage(request, decision);
  };

  test("is worded as AWS does", () => {
    expect(messageOf(accessRequest(), { Action: "s3:Put*" })).toBe(
      `User: arn:aws:sts::${ACCOUNT}:assumed-role/Ingest/run is not authorized to perform: s3:GetObject on resource: ` +
        '"arn:aws:s3:::bucket/key" because no identity-based policy allows the s3:GetObject action',
    );
    expect(messageOf(accessRequest(), {}, { Effect: "Deny" })).toMatch(
      /with an explicit deny in a resource-based policy$/,
    );
  });

  test("escapes control characters of a key", () => {
    expect(
      messageOf(accessRequest({ resource: 'arn:aws:s3:::bucket/a\n"b' }), { Action: "s3:Put*" }),
    ).toContain(String.raw`"arn:aws:s3:::bucket/a\n\"b"`);
  });
});
