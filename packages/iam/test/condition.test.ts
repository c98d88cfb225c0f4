import { describe, expect, test } from "vitest";

import { UNKNOWN, type RequestContext } from "../src/context.ts";
import { ACCOUNT, isAllowed, role } from "./factories.ts";

type Block = Record<string, Record<string, unknown>>;

/** Returns whether an allow with this condition applies. */
const holds = (Condition: Block, context: RequestContext = {}): boolean =>
  isAllowed({ context }, { Condition });
/** Returns whether a deny with this condition applies. */
const denies = (Condition: Block, context: RequestContext = {}): boolean =>
  !isAllowed({ context }, {}, { Effect: "Deny", Condition });

describe("IfExists", () => {
  test("tests a key that is present", () => {
    expect(holds({ StringEqualsIfExists: { "test:key": "a" } }, { "test:key": "b" })).toBe(false);
    expect(holds({ StringNotEqualsIfExists: { "test:key": "a" } }, { "test:key": "a" })).toBe(
      false,
    );
  });

  test("denies with a negated operator if the key is absent", () => {
    expect(denies({ StringNotEqualsIfExists: { "test:key": "a" } })).toBe(true);
  });
});

describe("several values, keys and operators", () => {
  test("one matching value is enough", () => {
    expect(holds({ StringEquals: { "test:key": ["a", "b"] } }, { "test:key": "b" })).toBe(true);
  });

  test("a negated operator holds only if no value matches", () => {
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

  test("an empty condition holds", () => {
    expect(holds({})).toBe(true);
  });

  test("keys match in any letter case", () => {
    expect(holds({ StringEquals: { "AWS:sourceARN": "a" } }, { "aws:SourceArn": "a" })).toBe(true);
  });
});

describe("ForAllValues and ForAnyValue", () => {
  const attributes = (quantifier: string, operator = "StringEquals") => ({
    [`${quantifier}:${operator}`]: { "dynamodb:Attributes": ["ID", "Message", "Tags"] },
  });
  const requested = (...names: string[]): RequestContext => ({ "dynamodb:Attributes": names });

  test("ForAllValues holds if each value matches a listed value", () => {
    expect(holds(attributes("ForAllValues"), requested("Message", "Tags"))).toBe(true);
    expect(holds(attributes("ForAllValues"), requested("Message", "UserName"))).toBe(false);
  });

  test("ForAllValues holds without a value, or with an empty one", () => {
    expect(holds(attributes("ForAllValues"))).toBe(true);
    expect(holds(attributes("ForAllValues"), requested(""))).toBe(true);
    expect(holds(attributes("ForAllValues"), requested("", "UserName"))).toBe(false);
  });

  test("ForAnyValue holds if one value matches, so never without a value", () => {
    expect(holds(attributes("ForAnyValue"), requested("UserName", "ID"))).toBe(true);
    expect(holds(attributes("ForAnyValue"), requested("UserName"))).toBe(false);
    expect(holds(attributes("ForAnyValue"))).toBe(false);
    expect(holds(attributes("ForAnyValue", "StringNotEquals"))).toBe(false);
    expect(holds(attributes("ForAnyValue", "StringEqualsIfExists"))).toBe(true);
  });

  test("a negated operator requires that all values, or any value, match no listed value", () => {
    expect(holds(attributes("ForAllValues", "StringNotEquals"), requested("A", "B"))).toBe(true);
    expect(holds(attributes("ForAllValues", "StringNotEquals"), requested("A", "ID"))).toBe(false);
    expect(holds(attributes("ForAnyValue", "StringNotEquals"), requested("A", "ID"))).toBe(true);
    expect(holds(attributes("ForAnyValue", "StringNotEquals"), requested("Tags", "ID"))).toBe(
      false,
    );
  });

  test("treat a single value as a list of one", () => {
    expect(holds(attributes("ForAllValues"), { "dynamodb:Attributes": "ID" })).toBe(true);
  });
});

describe("a condition that cannot be decided is decided against the caller", () => {
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
    [
      "a value that is not a number",
      { NumericLessThan: { "test:key": "1" } },
      { "test:key": "many" },
    ],
    [
      "a value that is not a number, negated",
      { NumericNotEquals: { "test:key": "1" } },
      { "test:key": "many" },
    ],
    [
      "a value that is not a date",
      { DateNotEquals: { "test:key": "2026" } },
      { "test:key": "2026-02-31" },
    ],
    [
      "a value that is not an IP address",
      { NotIpAddress: { "test:key": "10.0.0.0/8" } },
      { "test:key": "localhost" },
    ],
    [
      "a value that is not an ARN",
      { ArnNotEquals: { "test:key": "arn:aws:s3:::b" } },
      { "test:key": "b" },
    ],
    ["a value that is not a boolean", { Bool: { "test:key": "false" } }, { "test:key": "no" }],
    ["an unknown value", { StringNotEquals: { "test:key": "a" } }, { "test:key": UNKNOWN }],
    [
      "an unknown value with IfExists",
      { StringEqualsIfExists: { "test:key": "a" } },
      { "test:key": UNKNOWN },
    ],
    ["an unknown value with Null", { Null: { "test:key": "true" } }, { "test:key": UNKNOWN }],
    [
      "an unknown value with ForAllValues",
      { "ForAllValues:StringEquals": { "test:key": "a" } },
      { "test:key": UNKNOWN },
    ],
    [
      "an unknown value as a variable",
      { StringNotEquals: { "test:key": "${test:other}" } },
      { "test:key": "a", "test:other": UNKNOWN },
    ],
  ];

  test.each(cases)("%s", (_name, Condition, context) => {
    expect(holds(Condition, context)).toBe(false);
    expect(denies(Condition, context)).toBe(true);
  });

  test("a condition that another key decides does not deny", () => {
    const Condition = { NumericLessThan: { "test:key": "1" }, StringEquals: { "test:other": "a" } };

    expect(denies(Condition, { "test:key": "many", "test:other": "b" })).toBe(false);
  });
});

describe("policy variables in a condition", () => {
  const home = { StringLike: { "s3:prefix": ["", "home/", "home/${aws:username}/*"] } };

  test("are replaced by the values of the request", () => {
    expect(holds(home, { "s3:prefix": "home/ada/x", "aws:username": "ada" })).toBe(true);
    expect(holds(home, { "s3:prefix": "home/bob/x", "aws:username": "ada" })).toBe(false);
    expect(holds(home, { "s3:prefix": "", "aws:username": "ada" })).toBe(true);
  });

  test("have literal values: a * is not a wildcard", () => {
    expect(holds(home, { "s3:prefix": "home/bob/x", "aws:username": "*" })).toBe(false);
  });

  test("match nothing without a value, so that negated operators hold", () => {
    const Condition = {
      StringNotEquals: { "s3:ExistingObjectTag/Team": "${aws:PrincipalTag/Team}" },
    };

    expect(holds(home, { "s3:prefix": "home//x" })).toBe(false);
    expect(denies(Condition, { "s3:ExistingObjectTag/Team": "blue" })).toBe(true);
    expect(
      denies(Condition, { "s3:ExistingObjectTag/Team": "blue", "aws:PrincipalTag/Team": "blue" }),
    ).toBe(false);
  });

  test("can contain a whole ARN", () => {
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

  test("escape the characters *, ? and $", () => {
    expect(holds({ StringLike: { "test:key": "a${*}" } }, { "test:key": "a*" })).toBe(true);
    expect(holds({ StringLike: { "test:key": "a${*}" } }, { "test:key": "ab" })).toBe(false);
    expect(holds({ StringEquals: { "test:key": "${$}{a}" } }, { "test:key": "${a}" })).toBe(true);
  });
});

test("keys of the principal take precedence over the context", () => {
  const Condition = { ArnEquals: { "aws:PrincipalArn": role("Admin").arn } };

  expect(holds(Condition, { "aws:PrincipalArn": role("Admin").arn })).toBe(false);
});
