import { expect, test } from "vitest";

import { parseSchedule } from "../../../src/service/events/schedule.ts";

const AFTER = new Date("2026-11-27T10:30:00.000Z");

// Amazon EventBridge User Guide, "Setting a schedule pattern for a rule": 27 November 2026 is a Friday.
test.each([
  ["rate(1 minute)", "2026-11-27T10:31:00.000Z"],
  ["rate(7 days)", "2026-12-04T10:30:00.000Z"],
  ["rate(12 hours)", "2026-11-27T22:30:00.000Z"],
  ["cron(15 12 * * ? *)", "2026-11-27T12:15:00.000Z"],
  ["cron(0 18 ? * MON-FRI *)", "2026-11-27T18:00:00.000Z"],
  ["cron(0 8 1 * ? *)", "2026-12-01T08:00:00.000Z"],
  ["cron(0/15 * * * ? *)", "2026-11-27T10:45:00.000Z"],
  ["cron(0 9 ? * 2#1 *)", "2026-12-07T09:00:00.000Z"],
  ["cron(0 10 L * ? *)", "2026-11-30T10:00:00.000Z"],
  ["cron(5,35 14 * * ? 2027)", "2027-01-01T14:05:00.000Z"],
])("%s is due next at %s", (expression, expected) => {
  expect(parseSchedule(expression)?.(AFTER)?.toISOString()).toBe(expected);
});

test.each(["rate(1 minutes)", "rate(2 day)", "rate(0 days)", "every day", "cron(x)"])(
  "%s is refused, as by EventBridge",
  (expression) => {
    expect(parseSchedule(expression)).toBeUndefined();
  },
);

test("a year that is over is never due", () => {
  expect(parseSchedule("cron(0 10 * * ? 2020)")?.(AFTER)).toBeUndefined();
});
