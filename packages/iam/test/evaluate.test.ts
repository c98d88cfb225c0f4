import { describe, expect, test } from "vitest";

import { denialMessage, evaluate } from "../src/evaluate.ts";
import { loadPolicy } from "../src/policy.ts";
import {
  ACCOUNT,
  anonymous,
  asked,
  byIdentity,
  byResource,
  isAllowed,
  OTHER_ACCOUNT,
  policy,
  policyJson,
  role,
  root,
  service,
  user,
} from "./factories.ts";

const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:events`;

describe("within one account", () => {
  test("everything is denied at first", () => {
    expect(evaluate(asked(), { identity: [] })).toStrictEqual({
      allowed: false,
      reason: "implicit_deny",
    });
  });

  test("an allow of the identity is enough, and is named", () => {
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
    "an explicit deny of the %s beats every allow",
    (side) => {
      const deny = policy(side, { Sid: "No", Effect: "Deny" });
      const decision = evaluate(asked(), {
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

  test("the root user needs no policy, but obeys an explicit deny", () => {
    expect(evaluate(asked({ principal: root }), { identity: [] })).toMatchObject({
      allowed: true,
      reason: "root",
    });
    expect(byResource({ principal: root }, { Effect: "Deny" })).toMatchObject({ allowed: false });
  });

  test("naming the account in the resource's policy leaves the decision to the identity's own", () => {
    const resource = [policy("resource", { Principal: { AWS: ACCOUNT } })];

    expect(evaluate(asked(), { identity: [], resource }).allowed).toBe(false);
    expect(evaluate(asked(), { identity: [policy("identity", {})], resource }).allowed).toBe(true);
  });

  test("denying the account denies everybody in it", () => {
    const identity = [policy("identity", {})];
    for (const AWS of [ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`]) {
      const resource = [policy("resource", { Effect: "Deny", Principal: { AWS } })];

      expect(evaluate(asked(), { identity, resource })).toMatchObject({ reason: "explicit_deny" });
    }
  });
});

describe("the example of IAM's documentation", () => {
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
  const put = (arn: string) => asked({ principal: carlos, action: "s3:PutObject", resource: arn });

  test("lets Carlos write to his bucket by either policy alone, and by both", () => {
    const request = put("arn:aws:s3:::carlossalazar/file");

    expect(evaluate(request, { identity, resource }).allowed).toBe(true);
    expect(evaluate(request, { identity }).allowed).toBe(true);
    expect(evaluate(request, { identity: [], resource }).allowed).toBe(true);
  });

  test("keeps Carlos out of the logs, and does not mention other buckets", () => {
    expect(evaluate(put("arn:aws:s3:::carlossalazar-logs/file"), { identity })).toMatchObject({
      reason: "explicit_deny",
      statement: { sid: "DenyS3Logs" },
    });
    expect(evaluate(put("arn:aws:s3:::other/file"), { identity })).toMatchObject({
      reason: "implicit_deny",
    });
  });
});

describe("across accounts", () => {
  const stranger = role("Reader", OTHER_ACCOUNT);
  const request = asked({ principal: stranger });
  const identity = [policy("identity", {})];

  test.each([OTHER_ACCOUNT, `arn:aws:iam::${OTHER_ACCOUNT}:root`, stranger.arn, "*"])(
    "both sides must allow, where the resource names %s",
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

  test("the account in an ARN says whose resource it is, whoever is said to own it", () => {
    const queue = asked({ action: "sqs:SendMessage", resource: QUEUE, owner: OTHER_ACCOUNT });
    const anyAction = [policy("identity", { Action: "*" })];

    expect(evaluate(queue, { identity: anyAction }).allowed).toBe(true);
    expect(evaluate({ ...queue, principal: stranger }, { identity: anyAction })).toMatchObject({
      reason: "cross_account",
    });
  });

  test("the root user of another account has only what the resource allows", () => {
    const principal = { type: "root", accountId: OTHER_ACCOUNT } as const;

    expect(evaluate(asked({ principal }), { identity: [] }).allowed).toBe(false);
    expect(byResource({ principal }, { Principal: { AWS: OTHER_ACCOUNT } }).allowed).toBe(true);
  });
});

describe("principals", () => {
  const namedAs = (Principal: unknown, principal = asked().principal) =>
    byResource({ principal }, { Principal }).allowed;

  test("a role is named by its ARN or that of its session", () => {
    expect(namedAs({ AWS: role().arn })).toBe(true);
    expect(namedAs({ AWS: [role("Other").arn, role().arn] })).toBe(true);
    expect(namedAs({ AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/Ingest/run` })).toBe(true);
    expect(namedAs({ AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/Ingest/another` })).toBe(false);
    expect(namedAs({ AWS: role("Other").arn })).toBe(false);
    expect(namedAs({ AWS: role("ingest").arn })).toBe(false);
  });

  test("a session's ARN leaves out the path of its role", () => {
    expect(namedAs({ AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/R/run` }, role("team/a/R"))).toBe(
      true,
    );
  });

  test("a service is allowed only by the policy of the resource, under its own name", () => {
    const s3 = service("s3.amazonaws.com");
    const send = asked({ principal: s3, action: "sqs:SendMessage", resource: QUEUE });
    const named = policy("resource", {
      Action: "sqs:SendMessage",
      Principal: { Service: "s3.amazonaws.com" },
    });

    expect(evaluate(send, { identity: [], resource: [named] }).allowed).toBe(true);
    expect(evaluate(send, { identity: [policy("identity", { Action: "*" })] }).allowed).toBe(false);
    expect(namedAs({ Service: "sns.amazonaws.com" }, s3)).toBe(false);
    expect(namedAs({ Service: "s3.amazonaws.com" })).toBe(false);
    expect(namedAs("*", s3)).toBe(true);
  });

  test("a stranger is allowed only where everybody is", () => {
    expect(namedAs("*", anonymous)).toBe(true);
    expect(namedAs({ AWS: "*" }, anonymous)).toBe(true);
    expect(namedAs({ AWS: [ACCOUNT] }, anonymous)).toBe(false);
    expect(
      evaluate(asked({ principal: anonymous }), { identity: [policy("identity", {})] }).allowed,
    ).toBe(false);
  });

  test("somebody named by a canonical user id could be anybody: allowed nothing, and denied", () => {
    const CanonicalUser = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
    const deny = policy("resource", { Effect: "Deny", Principal: { CanonicalUser } });

    expect(namedAs({ CanonicalUser })).toBe(false);
    expect(
      evaluate(asked(), { identity: [policy("identity", {})], resource: [deny] }).allowed,
    ).toBe(false);
  });

  test("NotPrincipal leaves out only whom it names whole: the account, the role and the session", () => {
    const session = `arn:aws:sts::${ACCOUNT}:assumed-role/Ingest/run`;
    const all = [ACCOUNT, role().arn, session];
    const denied = (AWS: string[]) => {
      const resource = [policy("resource", { Effect: "Deny", NotPrincipal: { AWS } })];
      return !evaluate(asked(), { identity: [policy("identity", {})], resource }).allowed;
    };

    expect(denied(all)).toBe(false);
    expect(all.map((name) => denied(all.filter((other) => other !== name)))).toStrictEqual([
      true,
      true,
      true,
    ]);
  });

  test("NotPrincipal denies services and strangers, unless it names them", () => {
    const denied = (principal: Parameters<typeof asked>[0], NotPrincipal: unknown) =>
      !byResource({ ...principal }, {}, { Effect: "Deny", NotPrincipal }).allowed;

    expect(denied({ principal: anonymous }, { AWS: ACCOUNT })).toBe(true);
    expect(denied({ principal: service("s3.amazonaws.com") }, { AWS: ACCOUNT })).toBe(true);
    expect(
      denied({ principal: service("s3.amazonaws.com") }, { Service: "s3.amazonaws.com" }),
    ).toBe(false);
  });
});

describe("assuming a role", () => {
  const assume = (principal = asked().principal) =>
    asked({ principal, action: "sts:AssumeRole", resource: role("Target").arn });
  const own = [policy("identity", { Action: "sts:AssumeRole" })];
  const trust = (Principal: unknown) => [policy("trust", { Action: "sts:AssumeRole", Principal })];

  test("needs its trust policy: what the identity is allowed is not enough", () => {
    expect(
      evaluate(assume(), { identity: own, resource: trust({ Service: "lambda.amazonaws.com" }) })
        .allowed,
    ).toBe(false);
    expect(evaluate(assume(), { identity: own, resource: trust({ AWS: ACCOUNT }) }).allowed).toBe(
      true,
    );
    expect(evaluate(assume(), { identity: [], resource: trust({ AWS: ACCOUNT }) }).allowed).toBe(
      false,
    );
    expect(evaluate(assume(), { identity: [], resource: trust({ AWS: role().arn }) }).allowed).toBe(
      true,
    );
  });

  test("is for the services that it names", () => {
    const resource = trust({ Service: "lambda.amazonaws.com" });

    expect(
      evaluate(assume(service("lambda.amazonaws.com")), { identity: [], resource }).allowed,
    ).toBe(true);
    expect(evaluate(assume(service("ec2.amazonaws.com")), { identity: [], resource }).allowed).toBe(
      false,
    );
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

  test("NotAction is every action but these", () => {
    const statement = { NotAction: ["s3:Delete*", "iam:*"] };

    expect(isAllowed({ action: "s3:GetObject" }, statement)).toBe(true);
    expect(isAllowed({ action: "s3:DeleteObject" }, statement)).toBe(false);
    expect(isAllowed({ action: "sqs:SendMessage" }, statement)).toBe(true);
  });
});

describe("a policy that cannot be understood", () => {
  test("denies whatever it applies to, and says why", () => {
    const broken = policy("resource", {
      Condition: { StringResembles: { "aws:PrincipalArn": "x" } },
    });
    const decision = evaluate(asked(), { identity: [policy("identity", {})], resource: [broken] });

    expect(decision).toMatchObject({
      allowed: false,
      reason: "invalid_policy",
      policy: "resource",
      error: { code: "policy.unknown_operator", where: "Statement[0].Condition.StringResembles" },
    });
  });

  test("denies the root user too", () => {
    const resource = [loadPolicy("bucket", "{", "resource")];

    expect(evaluate(asked({ principal: root }), { identity: [], resource })).toMatchObject({
      reason: "invalid_policy",
    });
  });
});

describe("the words of a denial", () => {
  const wordsOf = (request = asked(), ...policies: [identity: object, resource?: object]) => {
    const [identity, resource] = policies;
    const decision = evaluate(request, {
      identity: [policy("identity", { ...identity })],
      ...(resource && { resource: [policy("resource", { ...resource })] }),
    });
    return decision.allowed ? "" : denialMessage(request, decision);
  };

  test("are AWS's", () => {
    expect(wordsOf(asked(), { Action: "s3:Put*" })).toBe(
      `User: arn:aws:sts::${ACCOUNT}:assumed-role/Ingest/run is not authorized to perform: s3:GetObject on resource: ` +
        '"arn:aws:s3:::bucket/key" because no identity-based policy allows the s3:GetObject action',
    );
    expect(wordsOf(asked(), {}, { Effect: "Deny" })).toMatch(
      /with an explicit deny in a resource-based policy$/,
    );
  });

  test("keep a hostile key on one line", () => {
    expect(
      wordsOf(asked({ resource: 'arn:aws:s3:::bucket/a\n"b' }), { Action: "s3:Put*" }),
    ).toContain(String.raw`"arn:aws:s3:::bucket/a\n\"b"`);
  });
});
