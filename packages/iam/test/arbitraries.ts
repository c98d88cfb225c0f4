import * as fc from "fast-check";

import type { RequestContext } from "../src/context.ts";
import type { PolicyKind } from "../src/document.ts";
import type { AccessRequest } from "../src/evaluate.ts";
import type { Principal } from "../src/principal.ts";
import { ACCOUNT, OTHER_ACCOUNT, role, root, service, user } from "./factories.ts";

/** Few values, so that statements and requests often match. */
const accounts = fc.constantFrom(ACCOUNT, OTHER_ACCOUNT);
const principals: fc.Arbitrary<Principal> = fc.oneof(
  accounts.map((account) => role("R", account)),
  accounts.map((account) => user("U", account)),
  fc.constant(root),
  fc.constant(service("s3.amazonaws.com")),
  fc.constant<Principal>({ type: "anonymous" }),
);
const actions = fc.constantFrom("s3:GetObject", "s3:PutObject", "s3:getobject", "sqs:SendMessage");
const keys = fc.oneof(
  fc.constantFrom("a", "a/b", "*", "?", "a*", "${aws:username}", "new\nline", "a:b:c", "$", "U"),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const resources = fc.oneof(
  keys.map((key) => `arn:aws:s3:::bucket/${key}`),
  fc.constantFrom("arn:aws:s3:::bucket", `arn:aws:sqs:us-east-1:${ACCOUNT}:queue`, "*"),
);
const conditionKeys = fc.constantFrom(
  "aws:SourceArn",
  "aws:username",
  "s3:max-keys",
  "aws:SourceIp",
  "aws:TagKeys",
);
const contextValues = fc.oneof(
  fc.constantFrom(
    "a",
    "arn:aws:s3:::bucket",
    "10",
    "10.0.0.1",
    "true",
    "",
    "2026-01-01T00:00:00Z",
    "*",
  ),
  fc.uniqueArray(fc.constantFrom("a", "b", "10"), { maxLength: 3 }),
);
const contexts: fc.Arbitrary<RequestContext> = fc.dictionary(conditionKeys, contextValues, {
  maxKeys: 4,
});

export const requests: fc.Arbitrary<AccessRequest> = fc.record({
  principal: principals,
  action: actions,
  resource: resources,
  owner: accounts,
  context: contexts,
});

const oneOrMore = <T>(values: fc.Arbitrary<T>) =>
  fc.oneof(values, fc.array(values, { minLength: 1, maxLength: 3 }));
const operators = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      "StringEquals",
      "StringNotEquals",
      "StringLike",
      "StringNotLike",
      "StringEqualsIgnoreCase",
    ),
    fc.constantFrom("a", "*", "a*", "b?", "${aws:username}", "${aws:username, 'a'}", "${*}", "10"),
  ),
  fc.tuple(
    fc.constantFrom("NumericEquals", "NumericNotEquals", "NumericLessThan"),
    fc.constantFrom("10", "3"),
  ),
  fc.tuple(fc.constantFrom("IpAddress", "NotIpAddress"), fc.constantFrom("10.0.0.0/8", "::1")),
  fc.tuple(
    fc.constantFrom("ArnLike", "ArnNotLike"),
    fc.constantFrom("arn:aws:s3:::*", "arn:aws:s3:::${aws:username}"),
  ),
  fc.tuple(fc.constantFrom("Bool", "Null"), fc.constantFrom("true", "false")),
);
const conditions = fc
  .tuple(
    operators,
    fc.constantFrom("", "ForAllValues:", "ForAnyValue:"),
    fc.constantFrom("", "IfExists"),
    conditionKeys,
  )
  .map(([[operator, value], quantifier, ifExists, key]) => {
    const name = operator === "Null" ? operator : `${quantifier}${operator}${ifExists}`;
    return { [name]: { [key]: value } };
  });
const patterns = fc.oneof(
  fc.constantFrom(
    "*",
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/a*",
    "arn:aws:s3:*:*:bucket/?",
    "arn:aws:s3:::bucket/${aws:username}",
    "arn:aws:s3:::bucket/${aws:username, 'a'}/*",
    "arn:aws:s3:*",
    "arn:aws:sqs:*:*:queue",
  ),
  keys.filter((key) => !key.includes("${")).map((key) => `arn:aws:s3:::bucket/${key}`),
);
const namedPrincipals = fc.oneof(
  fc.constant("*"),
  oneOrMore(accounts).map((AWS) => ({ AWS })),
  accounts.map((account) => ({
    AWS: `arn:aws:iam::${account}:role/R`,
    Service: "s3.amazonaws.com",
  })),
);

export type Json = Record<string, unknown>;
export const statementsOf = (kind: PolicyKind, effect: "Allow" | "Deny"): fc.Arbitrary<Json> =>
  fc
    .record({
      action: fc.tuple(
        fc.boolean(),
        oneOrMore(fc.constantFrom("*", "s3:*", "s3:Get*", "S3:PUTOBJECT", "sqs:*")),
      ),
      resource: fc.tuple(fc.boolean(), oneOrMore(patterns)),
      principal: fc.tuple(fc.boolean(), namedPrincipals),
      condition: fc.option(conditions, { nil: undefined }),
    })
    .map(({ action, resource, principal, condition }) => {
      const notPrincipal = principal[0] && effect === "Deny" && principal[1] !== "*";
      return {
        Effect: effect,
        [action[0] ? "NotAction" : "Action"]: action[1],
        [resource[0] ? "NotResource" : "Resource"]: resource[1],
        ...(kind === "resource" && { [notPrincipal ? "NotPrincipal" : "Principal"]: principal[1] }),
        ...(condition && { Condition: condition }),
      };
    });
const statements = (kind: PolicyKind) =>
  fc.oneof(
    { arbitrary: statementsOf(kind, "Allow"), weight: 3 },
    { arbitrary: statementsOf(kind, "Deny"), weight: 1 },
  );

export interface PolicyStatements {
  identity: Json[];
  resource: Json[];
}
export const policySets: fc.Arbitrary<PolicyStatements> = fc.record({
  identity: fc.array(statements("identity"), { maxLength: 4 }),
  resource: fc.array(statements("resource"), { maxLength: 4 }),
});
