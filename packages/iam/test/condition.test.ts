import { describe, expect, test } from "vitest";

import { UNKNOWN, type RequestContext } from "../src/context.ts";
import { evaluate } from "../src/evaluate.ts";
import { ACCOUNT, asked, byResource, isAllowed, policy, role, service } from "./factories.ts";

type Block = Record<string, Record<string, unknown>>;

/** Whether an allow with this condition applies. */
const holds = (Condition: Block, context: RequestContext = {}): boolean =>
  isAllowed({ context }, { Condition });
/** Whether a deny with this condition applies. */
const denies = (Condition: Block, context: RequestContext = {}): boolean =>
  !isAllowed({ context }, {}, { Effect: "Deny", Condition });

describe("an operator and a value", () => {
  test.each<[operator: string, listed: string, value: string, holds: boolean]>([
    ["StringEquals", "a", "a", true],
    ["StringEquals", "a", "A", false],
    ["StringEquals", "a*", "ab", false],
    ["StringEquals", "a*", "a*", true],
    ["StringNotEquals", "a", "b", true],
    ["StringNotEquals", "a", "a", false],
    ["StringEqualsIgnoreCase", "Straße", "STRASSE", false],
    ["StringEqualsIgnoreCase", "Äb", "äB", true],
    ["StringNotEqualsIgnoreCase", "a", "A", false],
    ["StringLike", "home/*", "home/a/b", true],
    ["StringLike", "home/?", "home/ab", false],
    ["StringLike", "home/*", "Home/a", false],
    ["StringLike", "", "", true],
    ["StringNotLike", "home/*", "home/a", false],
    ["StringNotLike", "home/*", "away", true],
    ["NumericEquals", "10", "10.0", true],
    ["NumericEquals", "10", "1e1", false],
    ["NumericNotEquals", "10", "11", true],
    ["NumericLessThan", "10", "9", true],
    ["NumericLessThan", "10", "10", false],
    ["NumericLessThanEquals", "10", "10", true],
    ["NumericLessThanEquals", "10", "9.99", true],
    ["NumericLessThanEquals", "9", "10", false],
    ["NumericGreaterThan", "10", "100", true],
    ["NumericGreaterThan", "10", "10", false],
    ["NumericGreaterThanEquals", "-1", "-1", true],
    ["DateEquals", "2026-01-31T00:00:00Z", "2026-01-31", true],
    ["DateEquals", "2026-01-31T02:00:00+02:00", "2026-01-31T00:00:00.000Z", true],
    ["DateEquals", "2026-01-30T22:30:00-01:30", "2026-01-31T00:00:00Z", true],
    ["DateEquals", "1769817600", "2026-01-31T00:00:00Z", true],
    ["DateNotEquals", "2026-01-31", "2026-02-01", true],
    ["DateLessThan", "2026-01-31T00:00:01Z", "2026-01-31T00:00:00.999Z", true],
    ["DateLessThan", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", false],
    ["DateLessThanEquals", "2026", "2026-01-01T00:00:00Z", true],
    ["DateGreaterThan", "2026-01-31T00:00Z", "1769817601", true],
    ["DateGreaterThanEquals", "2026-02", "2026-01-31T23:59:59Z", false],
    ["Bool", "true", "true", true],
    ["Bool", "false", "true", false],
    ["Bool", "TRUE", "true", true],
    ["BinaryEquals", "QmluYXJ5", "QmluYXJ5", true],
    ["BinaryEquals", "QmluYXI=", "QmluYXI", true],
    ["BinaryEquals", "QmluYXJ5", "qmluyxj5", false],
    ["IpAddress", "203.0.113.0/24", "203.0.113.9", true],
    ["IpAddress", "203.0.113.0/24", "203.0.114.9", false],
    ["IpAddress", "203.0.113.7", "203.0.113.7", true],
    ["IpAddress", "203.0.113.7", "203.0.113.8", false],
    ["IpAddress", "0.0.0.0/0", "8.8.8.8", true],
    ["IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678:abcd::1", true],
    ["IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5679::1", false],
    ["IpAddress", "2001:db8::1", "2001:db8::1", true],
    ["IpAddress", "2001:db8::1", "2001:db8::2", false],
    ["IpAddress", "203.0.113.0/24", "2001:db8::1", false],
    ["IpAddress", "127.0.0.0/8", "::ffff:127.0.0.1", true],
    ["NotIpAddress", "203.0.113.0/24", "203.0.113.9", false],
    ["NotIpAddress", "203.0.113.0/24", "198.51.100.1", true],
    ["ArnEquals", "arn:aws:s3:::bucket", "arn:aws:s3:::bucket", true],
    ["ArnEquals", "arn:aws:s3:*:*:bucket", "arn:aws:s3:::bucket", true],
    ["ArnEquals", "arn:aws:s3:::buck*", "arn:aws:s3:::bucket", true],
    ["ArnLike", "arn:aws:s3:::Bucket", "arn:aws:s3:::bucket", false],
    ["ArnLike", "*", "arn:aws:s3:::bucket", true],
    [
      "ArnLike",
      "arn:aws:someservice:*:111122223333:finance/*",
      "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
      false,
    ],
    [
      "StringLike",
      "arn:aws:someservice:*:111122223333:finance/*",
      "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
      true,
    ],
    ["ArnNotEquals", "arn:aws:s3:::bucket", "arn:aws:s3:::other", true],
    ["ArnNotLike", "arn:aws:s3:::*", "arn:aws:s3:::bucket", false],
  ])("%s %j of %j: %j", (operator, listed, value, expected) => {
    expect(holds({ [operator]: { "test:key": listed } }, { "test:key": value })).toBe(expected);
  });
});

const NEGATED = ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike"];
const POSITIVE = ["StringEquals", "StringEqualsIgnoreCase", "StringLike"];

describe("a key that the request does not have", () => {
  test.each(NEGATED)("holds for %s", (operator) => {
    expect(holds({ [operator]: { "test:key": "a" } })).toBe(true);
    expect(holds({ [operator]: { "test:key": "a" } }, { "test:key": undefined })).toBe(true);
    expect(holds({ [operator]: { "test:key": "a" } }, { "test:key": [] })).toBe(true);
  });

  test.each(POSITIVE)("does not hold for %s", (operator) => {
    expect(holds({ [operator]: { "test:key": ["a", "", "*"] } })).toBe(false);
  });

  test.each([
    ["NumericNotEquals", "1"],
    ["DateNotEquals", "2026"],
    ["NotIpAddress", "10.0.0.0/8"],
    ["ArnNotEquals", "arn:aws:s3:::b"],
    ["ArnNotLike", "arn:aws:s3:::b"],
  ])("holds for %s", (operator, value) => {
    expect(holds({ [operator]: { "test:key": value } })).toBe(true);
  });

  test.each([
    ["NumericEquals", "1"],
    ["NumericLessThan", "1"],
    ["DateLessThan", "2026"],
    ["Bool", "false"],
    ["BinaryEquals", "QQ=="],
    ["IpAddress", "0.0.0.0/0"],
    ["ArnLike", "*"],
  ])("does not hold for %s, but for %sIfExists", (operator, value) => {
    expect(holds({ [operator]: { "test:key": value } })).toBe(false);
    expect(holds({ [`${operator}IfExists`]: { "test:key": value } })).toBe(true);
  });

  test("is what Null looks for", () => {
    expect(holds({ Null: { "test:key": "true" } })).toBe(true);
    expect(holds({ Null: { "test:key": "true" } }, { "test:key": "a" })).toBe(false);
    expect(holds({ Null: { "test:key": "false" } }, { "test:key": "a" })).toBe(true);
    expect(holds({ Null: { "test:key": false } })).toBe(false);
    expect(holds({ Null: { "test:key": ["true", "false"] } })).toBe(true);
  });
});

describe("IfExists", () => {
  test("tests the key where the request has it", () => {
    expect(holds({ StringEqualsIfExists: { "test:key": "a" } }, { "test:key": "b" })).toBe(false);
    expect(holds({ StringNotEqualsIfExists: { "test:key": "a" } }, { "test:key": "a" })).toBe(
      false,
    );
  });

  test("denies with a negated operator also where the key is missing", () => {
    expect(denies({ StringNotEqualsIfExists: { "test:key": "a" } })).toBe(true);
  });
});

describe("several values, keys and operators", () => {
  test("one of several values is enough", () => {
    expect(holds({ StringEquals: { "test:key": ["a", "b"] } }, { "test:key": "b" })).toBe(true);
  });

  test("a negated operator holds only where none of its values matches", () => {
    expect(holds({ StringNotEquals: { "test:key": ["a", "b"] } }, { "test:key": "b" })).toBe(false);
    expect(holds({ StringNotEquals: { "test:key": ["a", "b"] } }, { "test:key": "c" })).toBe(true);
  });

  // IAM User Guide, "Creating a condition with multiple keys or values".
  test("every key of every operator must hold", () => {
    const Condition = {
      StringEqualsIgnoreCase: {
        "aws:PrincipalTag/department": ["finance", "hr", "legal"],
        "aws:PrincipalTag/role": ["audit", "security"],
      },
      StringEquals: { "aws:PrincipalAccount": ACCOUNT },
    };
    const tags = { "aws:PrincipalTag/department": "HR", "aws:PrincipalTag/role": "audit" };

    expect(holds(Condition, tags)).toBe(true);
    expect(holds(Condition, { ...tags, "aws:PrincipalTag/role": "sales" })).toBe(false);
    expect(
      holds({ ...Condition, StringEquals: { "aws:PrincipalAccount": "444455556666" } }, tags),
    ).toBe(false);
  });

  test("an empty block holds", () => {
    expect(holds({})).toBe(true);
  });

  test("keys are found in any letter case", () => {
    expect(holds({ StringEquals: { "AWS:sourceARN": "a" } }, { "aws:SourceArn": "a" })).toBe(true);
  });
});

describe("ForAllValues and ForAnyValue", () => {
  const attributes = (quantifier: string, operator = "StringEquals") => ({
    [`${quantifier}:${operator}`]: { "dynamodb:Attributes": ["ID", "Message", "Tags"] },
  });
  const asking = (...names: string[]): RequestContext => ({ "dynamodb:Attributes": names });

  test("ForAllValues holds where each value matches one that is listed", () => {
    expect(holds(attributes("ForAllValues"), asking("Message", "Tags"))).toBe(true);
    expect(holds(attributes("ForAllValues"), asking("Message", "UserName"))).toBe(false);
  });

  test("ForAllValues holds where there is no value, or an empty one", () => {
    expect(holds(attributes("ForAllValues"))).toBe(true);
    expect(holds(attributes("ForAllValues"), asking(""))).toBe(true);
    expect(holds(attributes("ForAllValues"), asking("", "UserName"))).toBe(false);
  });

  test("ForAnyValue holds where one value matches, so never without a value", () => {
    expect(holds(attributes("ForAnyValue"), asking("UserName", "ID"))).toBe(true);
    expect(holds(attributes("ForAnyValue"), asking("UserName"))).toBe(false);
    expect(holds(attributes("ForAnyValue"))).toBe(false);
    expect(holds(attributes("ForAnyValue", "StringNotEquals"))).toBe(false);
    expect(holds(attributes("ForAnyValue", "StringEqualsIfExists"))).toBe(true);
  });

  test("with a negated operator, ask that all, or any, match none", () => {
    expect(holds(attributes("ForAllValues", "StringNotEquals"), asking("A", "B"))).toBe(true);
    expect(holds(attributes("ForAllValues", "StringNotEquals"), asking("A", "ID"))).toBe(false);
    expect(holds(attributes("ForAnyValue", "StringNotEquals"), asking("A", "ID"))).toBe(true);
    expect(holds(attributes("ForAnyValue", "StringNotEquals"), asking("Tags", "ID"))).toBe(false);
  });

  test("take a single value as a list of one", () => {
    expect(holds(attributes("ForAllValues"), { "dynamodb:Attributes": "ID" })).toBe(true);
  });
});

describe("what cannot be told is decided against the caller", () => {
  const cases: [string, Block, RequestContext][] = [
    [
      "a list without a quantifier",
      { StringEquals: { "test:key": "a" } },
      { "test:key": ["a", "b"] },
    ],
    [
      "a list and a negated operator",
      { StringNotEquals: { "test:key": "c" } },
      { "test:key": ["a", "b"] },
    ],
    ["a number that is none", { NumericLessThan: { "test:key": "1" } }, { "test:key": "many" }],
    [
      "a number that is none, negated",
      { NumericNotEquals: { "test:key": "1" } },
      { "test:key": "many" },
    ],
    [
      "a date that is none",
      { DateNotEquals: { "test:key": "2026" } },
      { "test:key": "2026-02-31" },
    ],
    [
      "an address that is none",
      { NotIpAddress: { "test:key": "10.0.0.0/8" } },
      { "test:key": "localhost" },
    ],
    [
      "an ARN that is none",
      { ArnNotEquals: { "test:key": "arn:aws:s3:::b" } },
      { "test:key": "b" },
    ],
    ["a boolean that is none", { Bool: { "test:key": "false" } }, { "test:key": "no" }],
    ["a key that nobody knows", { StringNotEquals: { "test:key": "a" } }, { "test:key": UNKNOWN }],
    ["… with IfExists", { StringEqualsIfExists: { "test:key": "a" } }, { "test:key": UNKNOWN }],
    ["… with Null", { Null: { "test:key": "true" } }, { "test:key": UNKNOWN }],
    [
      "… with ForAllValues",
      { "ForAllValues:StringEquals": { "test:key": "a" } },
      { "test:key": UNKNOWN },
    ],
    [
      "… as a variable",
      { StringNotEquals: { "test:key": "${test:other}" } },
      { "test:key": "a", "test:other": UNKNOWN },
    ],
  ];

  test.each(cases)("%s", (_name, Condition, context) => {
    expect(holds(Condition, context)).toBe(false);
    expect(denies(Condition, context)).toBe(true);
  });

  test("but a condition that fails anyway denies nobody", () => {
    const Condition = { NumericLessThan: { "test:key": "1" }, StringEquals: { "test:other": "a" } };

    expect(denies(Condition, { "test:key": "many", "test:other": "b" })).toBe(false);
  });
});

describe("policy variables in a condition", () => {
  const home = { StringLike: { "s3:prefix": ["", "home/", "home/${aws:username}/*"] } };

  test("stand for the values of the request", () => {
    expect(holds(home, { "s3:prefix": "home/ada/x", "aws:username": "ada" })).toBe(true);
    expect(holds(home, { "s3:prefix": "home/bob/x", "aws:username": "ada" })).toBe(false);
    expect(holds(home, { "s3:prefix": "", "aws:username": "ada" })).toBe(true);
  });

  test("are literal", () => {
    expect(holds(home, { "s3:prefix": "home/bob/x", "aws:username": "*" })).toBe(false);
  });

  test("without a value equal and resemble nothing, so that negated operators hold", () => {
    const Condition = {
      StringNotEquals: { "s3:ExistingObjectTag/Team": "${aws:PrincipalTag/Team}" },
    };

    expect(holds(home, { "s3:prefix": "home//x" })).toBe(false);
    expect(denies(Condition, { "s3:ExistingObjectTag/Team": "blue" })).toBe(true);
    expect(
      denies(Condition, { "s3:ExistingObjectTag/Team": "blue", "aws:PrincipalTag/Team": "blue" }),
    ).toBe(false);
  });

  test("may hold a whole ARN", () => {
    const Condition = { ArnEquals: { "aws:SourceArn": "${test:arn}" } };
    const context = { "aws:SourceArn": "arn:aws:s3:::b", "test:arn": "arn:aws:s3:::b" };

    expect(holds(Condition, context)).toBe(true);
    expect(holds(Condition, { ...context, "test:arn": "arn:aws:s3:::*" })).toBe(false);
    expect(holds(Condition, { ...context, "test:arn": "arn" })).toBe(false);
    expect(
      holds(
        { ArnLike: { "aws:SourceArn": "arn:aws:${test:service}*" } },
        { ...context, "test:service": "s3" },
      ),
    ).toBe(false);
  });

  test("write characters that mean something else", () => {
    expect(holds({ StringLike: { "test:key": "a${*}" } }, { "test:key": "a*" })).toBe(true);
    expect(holds({ StringLike: { "test:key": "a${*}" } }, { "test:key": "ab" })).toBe(false);
    expect(holds({ StringEquals: { "test:key": "${$}{a}" } }, { "test:key": "${a}" })).toBe(true);
  });
});

test("who calls is known by the principal, not by what the context says", () => {
  const Condition = { ArnEquals: { "aws:PrincipalArn": role("Admin").arn } };

  expect(holds(Condition, { "aws:PrincipalArn": role("Admin").arn })).toBe(false);
});

describe("the conditions of AWS's samples", () => {
  const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:events`;

  test("a queue that takes messages from S3 only for one bucket of one account", () => {
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
    const ours = { "aws:SourceArn": "arn:aws:s3:::files", "aws:SourceAccount": ACCOUNT };

    expect(send(ours)).toBe(true);
    expect(send({ ...ours, "aws:SourceArn": "arn:aws:s3:::files2" })).toBe(false);
    expect(send({ ...ours, "aws:SourceAccount": "444455556666" })).toBe(false);
    expect(send({})).toBe(false);
  });

  test("a bucket that refuses plain HTTP", () => {
    const resource = [
      policy("resource", {
        Effect: "Deny",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    ];
    const get = (secure: string) =>
      evaluate(asked({ context: { "aws:SecureTransport": secure } }), {
        identity: [policy("identity", {})],
        resource,
      });

    expect(get("true").allowed).toBe(true);
    expect(get("false")).toMatchObject({ reason: "explicit_deny" });
  });

  test("everybody denied but one role, by aws:PrincipalArn", () => {
    const Condition = { ArnNotEquals: { "aws:PrincipalArn": role().arn } };
    const resource = [policy("resource", {}, { Effect: "Deny", Condition })];
    const get = (name: string) =>
      evaluate(asked({ principal: role(name) }), { identity: [], resource }).allowed;

    expect(get("Ingest")).toBe(true);
    expect(get("Other")).toBe(false);
  });

  test("a listing of one prefix, with at most so many keys", () => {
    const Condition = {
      StringLike: { "s3:prefix": "public/*" },
      NumericLessThanEquals: { "s3:max-keys": "10" },
    };

    expect(holds(Condition, { "s3:prefix": "public/a", "s3:max-keys": "10" })).toBe(true);
    expect(holds(Condition, { "s3:prefix": "public/a", "s3:max-keys": "11" })).toBe(false);
    expect(holds(Condition, { "s3:prefix": "public/a" })).toBe(false);
    expect(holds(Condition, { "s3:prefix": "private/a", "s3:max-keys": "1" })).toBe(false);
  });

  test("services let through a data perimeter", () => {
    const Condition = {
      StringNotEqualsIfExists: { "aws:PrincipalAccount": ACCOUNT },
      Bool: { "aws:PrincipalIsAWSService": "false" },
    };
    const resource = [policy("resource", {}, { Effect: "Deny", Condition })];
    const get = (principal: Parameters<typeof asked>[0]) =>
      evaluate(asked(principal), { identity: [], resource }).allowed;

    expect(get({ principal: service("cloudtrail.amazonaws.com") })).toBe(true);
    expect(get({ principal: role() })).toBe(true);
    expect(get({ principal: role("R", "444455556666") })).toBe(false);
  });
});
