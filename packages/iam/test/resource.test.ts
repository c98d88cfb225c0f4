import { describe, expect, test } from "vitest";

import { evaluate } from "../src/evaluate.ts";
import { loadPolicy } from "../src/policy.ts";
import { accessRequest, isAllowed, policy } from "./factories.ts";

const OBJECT = (key: string) => `arn:aws:s3:::bucket/${key}`;

describe("the pattern of a resource", () => {
  const inBucket = "arn:aws:s3:::bucket/*";

  // IAM User Guide, "IAM JSON policy elements: Resource", using wildcards in resource ARNs.
  test.each([
    ["1/test/object.jpg", true],
    ["1/2/test/object.jpg", true],
    ["1/2/test/3/object.jpg", true],
    ["1///test///object.jpg", true],
    ["1/test/.jpg", true],
    ["/test/object.jpg", true],
    ["1/test/", true],
    ["1-test/object.jpg", false],
    ["test/object.jpg", false],
    ["1/2/test.jpg", false],
  ])("bucket/*/test/* and the key %j: %j", (key, allowed) => {
    expect(isAllowed({ resource: OBJECT(key) }, { Resource: "arn:aws:s3:::bucket/*/test/*" })).toBe(
      allowed,
    );
  });

  test.each([
    ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket", true],
    ["arn:aws:s3:::bucket", OBJECT("key"), false],
    [inBucket, "arn:aws:s3:::bucket", false],
    [inBucket, OBJECT(""), true],
    [inBucket, OBJECT("a:b:c"), true],
    [inBucket, "arn:aws:s3:::bucket2/key", false],
    ["arn:aws:s3:::bucket/Key", OBJECT("key"), false],
    ["arn:aws:s3:::bucket/?", OBJECT("😀"), true],
    ["arn:aws:s3:::bucket/?", OBJECT("ab"), false],
    ["arn:aws:s3:::bucket/??", OBJECT("😀"), false],
    ["arn:aws:s3:::bucket/*.jpg", OBJECT("a\nb.jpg"), true],
    ["arn:aws:s3:::bucket/a.c", OBJECT("abc"), false],
    ["arn:aws:s3:::bucket/a$", OBJECT("a"), false],
    ["arn:aws:s3:::bucket/(a|b)+", OBJECT("a"), false],
    ["arn:aws:s3:*:*:bucket/*", OBJECT("key"), true],
    [
      "arn:aws:dynamodb:*:111122223333:table/T",
      "arn:aws:dynamodb:eu-west-1:111122223333:table/T",
      true,
    ],
    [
      "arn:aws:dynamodb:*:111122223333:table/T",
      "arn:aws:dynamodb:eu-west-1:111122223333:table/T2",
      false,
    ],
    [
      "arn:aws:dynamodb:*:*:table/T",
      "arn:aws:dynamodb:eu-west-1:111122223333:table/T/index/byTime",
      false,
    ],
    [
      "arn:aws:dynamodb:*:*:table/T/index/*",
      "arn:aws:dynamodb:eu-west-1:111122223333:table/T/index/byTime",
      true,
    ],
    [
      "arn:aws:lambda:us-east-1:111122223333:function:*",
      "arn:aws:lambda:us-east-1:111122223333:function:f:1",
      true,
    ],
    ["arn:aws:s3:*", OBJECT("a:b"), true],
    ["arn:aws:sqs:*", OBJECT("a:b"), false],
    ["arn:aws:sqs:*events*", "arn:aws:sqs:us-east-1:111122223333:events-1", true],
    ["*", OBJECT("key"), true],
    ["*", "*", true],
    ["arn:aws:dynamodb:*:*:*", "*", false],
  ])("%j and the resource %j: %j", (Resource, resource, allowed) => {
    const owner = "111122223333";
    expect(isAllowed({ resource, owner }, { Resource })).toBe(allowed);
  });

  test("is read narrowly in an Allow and widely in a Deny where a * could match a colon", () => {
    const resource = "arn:aws:s3:::other/x:bucket/secret";
    const Resource = "arn:aws:s3:*:*:bucket/*";

    expect(isAllowed({ resource }, { Resource })).toBe(false);
    expect(isAllowed({ resource }, {}, { Effect: "Deny", Resource })).toBe(false);
    expect(isAllowed({ resource }, { NotResource: Resource })).toBe(false);
    expect(isAllowed({ resource }, {}, { Effect: "Deny", NotResource: Resource })).toBe(false);
  });

  test("with many wildcards does not backtrack exponentially", () => {
    const Resource = `arn:aws:s3:::bucket/${"*a".repeat(200)}b`;

    expect(isAllowed({ resource: OBJECT("a".repeat(1024)) }, { Resource })).toBe(false);
  });
});

describe("a key with wildcard characters matches literally", () => {
  test.each(["*", "?", "secre?", "se*t", "[a-z]*", "${*}", "${aws:username}"])("%j", (key) => {
    const context = { "aws:username": "secret" };

    expect(isAllowed({ resource: OBJECT(key), context }, { Resource: OBJECT("secret") })).toBe(
      false,
    );
    expect(isAllowed({ resource: OBJECT(key), context }, { Resource: OBJECT("secret*") })).toBe(
      false,
    );
  });
});

describe("NotResource", () => {
  test("matches every other resource", () => {
    const statement = { NotResource: [OBJECT("private/*"), "arn:aws:s3:::secret*"] };

    expect(isAllowed({ resource: OBJECT("public/a") }, statement)).toBe(true);
    expect(isAllowed({ resource: OBJECT("private/a") }, statement)).toBe(false);
    expect(isAllowed({ resource: "arn:aws:s3:::secrets/a" }, statement)).toBe(false);
  });
});

describe("policy variables in a resource", () => {
  const home = { Resource: OBJECT("home/${aws:username}/*") };

  test("are replaced by the values of the request", () => {
    const context = { "aws:username": "ada" };

    expect(isAllowed({ resource: OBJECT("home/ada/x"), context }, home)).toBe(true);
    expect(isAllowed({ resource: OBJECT("home/bob/x"), context }, home)).toBe(false);
  });

  test("match in any letter case, including tags with spaces", () => {
    const Resource = OBJECT("${AWS:PrincipalTag/Cost Centre}/*");

    expect(
      isAllowed(
        { resource: OBJECT("7/x"), context: { "aws:principaltag/cost centre": "7" } },
        { Resource },
      ),
    ).toBe(true);
  });

  test("have literal values: a * is not a wildcard", () => {
    const context = { "aws:username": "*" };

    expect(isAllowed({ resource: OBJECT("home/ada/x"), context }, home)).toBe(false);
    expect(isAllowed({ resource: OBJECT("home/*/x"), context }, home)).toBe(true);
  });

  test("match no resource without a value", () => {
    expect(isAllowed({ resource: OBJECT("home//x") }, home)).toBe(false);
    expect(isAllowed({ resource: OBJECT("home/${aws:username}/x") }, home)).toBe(false);
    expect(isAllowed({ resource: OBJECT("x") }, {}, { Effect: "Deny", ...home })).toBe(true);
  });

  test("in NotResource without a value allow nothing and deny everything", () => {
    const NotResource = OBJECT("home/${aws:username}/*");

    expect(isAllowed({ resource: OBJECT("x") }, { NotResource })).toBe(false);
    expect(isAllowed({ resource: OBJECT("x") }, {}, { Effect: "Deny", NotResource })).toBe(false);
  });

  test("match no resource with several values", () => {
    expect(
      isAllowed({ resource: OBJECT("home/a/x"), context: { "aws:username": ["a", "b"] } }, home),
    ).toBe(false);
  });

  test("use their default without a value", () => {
    const Resource = "arn:aws:s3:::bucket-${aws:PrincipalTag/team, 'company-wide'}/*";

    expect(isAllowed({ resource: "arn:aws:s3:::bucket-company-wide/x" }, { Resource })).toBe(true);
    expect(isAllowed({ resource: "arn:aws:s3:::bucket-yellow/x" }, { Resource })).toBe(false);
    const context = { "aws:PrincipalTag/team": "yellow" };
    expect(isAllowed({ resource: "arn:aws:s3:::bucket-yellow/x", context }, { Resource })).toBe(
      true,
    );
  });

  test("escape the characters *, ? and $", () => {
    const Resource = OBJECT("${*}${?}${$}{aws:username}");

    expect(isAllowed({ resource: OBJECT("*?${aws:username}") }, { Resource })).toBe(true);
    expect(isAllowed({ resource: OBJECT("abc${aws:username}") }, { Resource })).toBe(false);
  });

  test("are literal text in version 2008-10-17 and without a version", () => {
    for (const Version of ["2008-10-17", undefined]) {
      const Statement = { Effect: "Allow", Action: "s3:*", ...home };
      const identity = [loadPolicy("p", { Version, Statement }, "identity")];
      const can = (resource: string) =>
        evaluate(accessRequest({ resource, context: { "aws:username": "ada" } }), { identity })
          .allowed;

      expect(can(OBJECT("home/${aws:username}/x"))).toBe(true);
      expect(can(OBJECT("home/ada/x"))).toBe(false);
    }
  });

  test("include the keys of the principal", () => {
    const identity = [
      policy("identity", { Resource: OBJECT("${aws:PrincipalAccount}/${aws:userid}") }),
    ];

    expect(
      evaluate(accessRequest({ resource: OBJECT("111122223333/AROAEXAMPLE:run") }), { identity })
        .allowed,
    ).toBe(true);
  });
});
