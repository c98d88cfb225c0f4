import { describe, expect, test } from "vitest";

import { faultOf } from "./policy-error.ts";

describe("parsePolicy", () => {
  test.each<[string, unknown, string]>([
    ["an unknown operator", { StringIs: { "a:b": "c" } }, "policy.unknown_operator .StringIs"],
    [
      "an operator in another letter case",
      { stringEquals: { "a:b": "c" } },
      "policy.unknown_operator .stringEquals",
    ],
    [
      "an inherited member as operator",
      { constructor: { "a:b": "c" } },
      "policy.unknown_operator .constructor",
    ],
    [
      "an unknown quantifier",
      { "ForSomeValues:Bool": { "a:b": "true" } },
      "policy.unknown_operator .ForSomeValues:Bool",
    ],
    [
      "Null with IfExists",
      { NullIfExists: { "a:b": "true" } },
      "policy.unknown_operator .NullIfExists",
    ],
    [
      "Null with a quantifier",
      { "ForAllValues:Null": { "a:b": "true" } },
      "policy.unknown_operator .ForAllValues:Null",
    ],
    ["an operator without keys", { StringEquals: {} }, "policy.bad_condition .StringEquals"],
    ["an operator that is a list", { StringEquals: ["a:b"] }, "policy.bad_condition .StringEquals"],
    [
      "a key without a namespace",
      { StringEquals: { a: "b" } },
      "policy.bad_condition .StringEquals",
    ],
    ["no value", { StringEquals: { "a:b": [] } }, "policy.bad_condition .StringEquals.a:b"],
    [
      "a value that is an object",
      { StringEquals: { "a:b": { c: "d" } } },
      "policy.bad_condition .StringEquals.a:b",
    ],
    ["null", { StringEquals: { "a:b": null } }, "policy.bad_condition .StringEquals.a:b"],
    [
      "text that is not a number",
      { NumericEquals: { "a:b": "ten" } },
      "policy.bad_condition .NumericEquals.a:b",
    ],
    [
      "a variable as a number",
      { NumericEquals: { "a:b": "${a:c}" } },
      "policy.bad_condition .NumericEquals.a:b",
    ],
    [
      "text that is not a date",
      { DateLessThan: { "a:b": "2026-02-30" } },
      "policy.bad_condition .DateLessThan.a:b",
    ],
    [
      "a time without a zone",
      { DateLessThan: { "a:b": "2026-02-01T00:00" } },
      "policy.bad_condition .DateLessThan.a:b",
    ],
    ["text that is not a boolean", { Bool: { "a:b": "yes" } }, "policy.bad_condition .Bool.a:b"],
    [
      "text that is not base64",
      { BinaryEquals: { "a:b": "a?b" } },
      "policy.bad_condition .BinaryEquals.a:b",
    ],
    [
      "text that is not an IP address",
      { IpAddress: { "a:b": "10.0.0" } },
      "policy.bad_condition .IpAddress.a:b",
    ],
    [
      "a range with too many bits",
      { IpAddress: { "a:b": "10.0.0.0/33" } },
      "policy.bad_condition .IpAddress.a:b",
    ],
    [
      "a range without bits",
      { IpAddress: { "a:b": "10.0.0.0/" } },
      "policy.bad_condition .IpAddress.a:b",
    ],
    [
      "an ARN with five fields",
      { ArnLike: { "a:b": "arn:aws:s3:*:bucket" } },
      "policy.bad_condition .ArnLike.a:b",
    ],
    ["Null with another value", { Null: { "a:b": "maybe" } }, "policy.bad_condition .Null.a:b"],
    [
      "a variable that does not end",
      { StringEquals: { "a:b": "${a:c" } },
      "policy.bad_condition .StringEquals.a:b",
    ],
  ])("rejects, in a condition, %s", (_name, Condition, fault) => {
    const [code, at] = fault.split(" ");
    expect(faultOf({ Condition })).toBe(`${code} Statement[0].Condition${at}`);
  });
});
