import { describe, expect, test } from "vitest";

import { checkRules, maySend } from "../../src/doctor/rules.ts";
import { NOTIFIED, NOTIFIED_WITH_TAGS } from "../../src/subscribed-events.ts";

const QUEUE = "arn:aws:sqs:us-east-1:000000000000:events";
const rule = { queueArn: QUEUE, events: [...NOTIFIED], filters: [] };

describe("the notifications of a bucket", () => {
  test("are right if they send all events of all keys to the queue, in one rule or several", () => {
    const [first, ...others] = NOTIFIED;
    const rules = [
      { ...rule, events: [first] },
      { ...rule, events: others },
    ];
    expect(checkRules([rule], QUEUE, NOTIFIED).status).toBe("ok");
    expect(checkRules(rules, QUEUE, NOTIFIED).status).toBe("ok");
  });

  test.each([
    ["no rule", [], /no event arrives/],
    ["only another queue", [{ ...rule, queueArn: `${QUEUE}-other` }], /no event arrives/],
    ["a filter", [{ ...rule, filters: ["prefix logs/"] }], /only of some keys: prefix logs\//],
    [
      "a missing event",
      [{ ...rule, events: NOTIFIED.slice(1) }],
      /not notify .* s3:ObjectCreated:\*/,
    ],
    [
      "a narrower event",
      [{ ...rule, events: ["s3:ObjectCreated:Put", ...NOTIFIED.slice(1)] }],
      /ObjectCreated:\*/,
    ],
  ])("are a problem with %s, and it says what to do", (_, rules, message) => {
    const found = checkRules(rules, QUEUE, NOTIFIED);
    expect(found).toMatchObject({
      status: "problem",
      fix: expect.stringContaining("repair") as string,
    });
    expect(found.message).toMatch(message);
  });

  test("need the events of tags in a stage that records them", () => {
    expect(checkRules([rule], QUEUE, NOTIFIED_WITH_TAGS).message).toContain("ObjectTagging");
  });
});

describe("the policy of the queue", () => {
  const source = "arn:aws:s3:::files";
  const policy = (more: object = {}) =>
    JSON.stringify({
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "s3.amazonaws.com" },
          Action: "sqs:SendMessage",
          Condition: { ArnEquals: { "aws:SourceArn": source } },
          ...more,
        },
      ],
    });

  test("accepts the source that it names", () => {
    expect(maySend(policy(), "s3.amazonaws.com", source)).toBe(true);
    expect(maySend(policy({ Condition: undefined }), "s3.amazonaws.com", source)).toBe(true);
  });

  test.each([
    ["there is none", undefined],
    ["it names another source", policy({ Condition: { ArnEquals: { "aws:SourceArn": "x" } } })],
    ["it names another service", policy({ Principal: { Service: "sns.amazonaws.com" } })],
    ["it allows something else", policy({ Action: "sqs:ReceiveMessage" })],
    ["it denies", policy({ Effect: "Deny" })],
  ])("does not if %s", (_, text) => {
    expect(maySend(text, "s3.amazonaws.com", source)).toBe(false);
  });
});
