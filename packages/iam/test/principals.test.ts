import { describe, expect, test } from "vitest";

import { evaluate } from "../src/evaluate.ts";
import {
  accessRequest,
  ACCOUNT,
  anonymous,
  byResource,
  policy,
  role,
  service,
} from "./factories.ts";

const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:events`;

describe("principals", () => {
  const namedAs = (Principal: unknown, principal = accessRequest().principal) =>
    byResource({ principal }, { Principal }).allowed;

  test("a role is named by its ARN or by the ARN of its session", () => {
    expect(namedAs({ AWS: role().arn })).toBe(true);
    expect(namedAs({ AWS: [role("Other").arn, role().arn] })).toBe(true);
    expect(namedAs({ AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/Ingest/run` })).toBe(true);
    expect(namedAs({ AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/Ingest/another` })).toBe(false);
    expect(namedAs({ AWS: role("Other").arn })).toBe(false);
    expect(namedAs({ AWS: role("ingest").arn })).toBe(false);
  });

  test("the ARN of a session does not contain the path of its role", () => {
    expect(namedAs({ AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/R/run` }, role("team/a/R"))).toBe(
      true,
    );
  });

  test("a service is allowed only by a resource policy that names it", () => {
    const s3 = service("s3.amazonaws.com");
    const send = accessRequest({ principal: s3, action: "sqs:SendMessage", resource: QUEUE });
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

  test("an anonymous caller is allowed only where everyone is", () => {
    expect(namedAs("*", anonymous)).toBe(true);
    expect(namedAs({ AWS: "*" }, anonymous)).toBe(true);
    expect(namedAs({ AWS: [ACCOUNT] }, anonymous)).toBe(false);
    expect(
      evaluate(accessRequest({ principal: anonymous }), { identity: [policy("identity", {})] })
        .allowed,
    ).toBe(false);
  });

  test("a canonical user id is unknown: it allows no one and denies everyone", () => {
    const CanonicalUser = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
    const deny = policy("resource", { Effect: "Deny", Principal: { CanonicalUser } });

    expect(namedAs({ CanonicalUser })).toBe(false);
    expect(
      evaluate(accessRequest(), { identity: [policy("identity", {})], resource: [deny] }).allowed,
    ).toBe(false);
  });

  test("NotPrincipal excludes a caller only if it lists the account, the role and the session", () => {
    const session = `arn:aws:sts::${ACCOUNT}:assumed-role/Ingest/run`;
    const all = [ACCOUNT, role().arn, session];
    const denied = (AWS: string[]) => {
      const resource = [policy("resource", { Effect: "Deny", NotPrincipal: { AWS } })];
      return !evaluate(accessRequest(), { identity: [policy("identity", {})], resource }).allowed;
    };

    expect(denied(all)).toBe(false);
    expect(all.map((name) => denied(all.filter((other) => other !== name)))).toStrictEqual([
      true,
      true,
      true,
    ]);
  });

  test("NotPrincipal denies services and anonymous callers unless it names them", () => {
    const denied = (principal: Parameters<typeof accessRequest>[0], NotPrincipal: unknown) =>
      !byResource({ ...principal }, {}, { Effect: "Deny", NotPrincipal }).allowed;

    expect(denied({ principal: anonymous }, { AWS: ACCOUNT })).toBe(true);
    expect(denied({ principal: service("s3.amazonaws.com") }, { AWS: ACCOUNT })).toBe(true);
    expect(
      denied({ principal: service("s3.amazonaws.com") }, { Service: "s3.amazonaws.com" }),
    ).toBe(false);
  });
});

describe("assuming a role", () => {
  const assume = (principal = accessRequest().principal) =>
    accessRequest({ principal, action: "sts:AssumeRole", resource: role("Target").arn });
  const own = [policy("identity", { Action: "sts:AssumeRole" })];
  const trust = (Principal: unknown) => [policy("trust", { Action: "sts:AssumeRole", Principal })];

  test("needs an allow of the trust policy: an allow of the identity is not enough", () => {
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

  test("is allowed to the services that the trust policy names", () => {
    const resource = trust({ Service: "lambda.amazonaws.com" });

    expect(
      evaluate(assume(service("lambda.amazonaws.com")), { identity: [], resource }).allowed,
    ).toBe(true);
    expect(evaluate(assume(service("ec2.amazonaws.com")), { identity: [], resource }).allowed).toBe(
      false,
    );
  });
});
