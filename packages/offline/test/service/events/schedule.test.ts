import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { parseCron } from "../../../src/service/events/cron.ts";
import { ScheduleError } from "../../../src/service/events/schedule-error.ts";
import { parseSchedule } from "../../../src/service/events/schedule.ts";

/** A Friday. */
const AFTER = new Date("2026-11-27T10:30:00.000Z");

/** The next times at which a schedule is due, to the minute. */
function dueTimes(expression: string, count: number, start = AFTER): string[] {
  const schedule = parseSchedule(expression);
  const times: string[] = [];
  let after: Date | undefined = start;
  while (times.length < count && (after = schedule(after, start)) !== undefined) {
    times.push(after.toISOString().slice(0, 16));
  }
  return times;
}

// Amazon EventBridge User Guide, "Setting a schedule pattern for scheduled rules".
test.each([
  ["rate(1 minute)", ["2026-11-27T10:31", "2026-11-27T10:32"]],
  ["rate(5 minutes)", ["2026-11-27T10:35", "2026-11-27T10:40"]],
  ["rate(12 hours)", ["2026-11-27T22:30", "2026-11-28T10:30"]],
  ["rate(7 days)", ["2026-12-04T10:30", "2026-12-11T10:30"]],
  ["cron(0 10 * * ? *)", ["2026-11-28T10:00", "2026-11-29T10:00"]],
  ["cron(15 12 * * ? *)", ["2026-11-27T12:15", "2026-11-28T12:15"]],
  ["cron(0 18 ? * MON-FRI *)", ["2026-11-27T18:00", "2026-11-30T18:00"]],
  ["cron(0 8 1 * ? *)", ["2026-12-01T08:00", "2027-01-01T08:00"]],
  ["cron(0/15 * * * ? *)", ["2026-11-27T10:45", "2026-11-27T11:00"]],
  ["cron(0/10 * ? * MON-FRI *)", ["2026-11-27T10:40", "2026-11-27T10:50"]],
  ["cron(0/5 8-17 ? * MON-FRI *)", ["2026-11-27T10:35", "2026-11-27T10:40"]],
  ["cron(0/30 20-2 ? * MON-FRI *)", ["2026-11-27T20:00", "2026-11-27T20:30"]],
  ["cron(0 9 ? * 2#1 *)", ["2026-12-07T09:00", "2027-01-04T09:00"]],
  ["cron(0 9 ? * 3#2 *)", ["2026-12-08T09:00", "2027-01-12T09:00"]],
  ["cron(0 9 ? * fri#5 *)", ["2027-01-29T09:00", "2027-04-30T09:00"]],
  ["cron(0 10 L * ? *)", ["2026-11-30T10:00", "2026-12-31T10:00", "2027-01-31T10:00"]],
  ["cron(0 10 ? * L *)", ["2026-11-28T10:00", "2026-12-05T10:00"]],
  ["cron(0 10 ? * 6L *)", ["2026-12-25T10:00", "2027-01-29T10:00"]],
  ["cron(0 10 3W * ? *)", ["2026-12-03T10:00", "2027-01-04T10:00", "2027-02-03T10:00"]],
  ["cron(0 10 1W * ? *)", ["2026-12-01T10:00", "2027-01-01T10:00", "2027-02-01T10:00"]],
  ["cron(0 10 1W 5 ? *)", ["2027-05-03T10:00", "2028-05-01T10:00"]],
  ["cron(0 10 31W * ? *)", ["2026-12-31T10:00", "2027-01-29T10:00", "2027-03-31T10:00"]],
  ["cron(0 0 31 * ? *)", ["2026-12-31T00:00", "2027-01-31T00:00", "2027-03-31T00:00"]],
  ["cron(0 0 29 2 ? *)", ["2028-02-29T00:00", "2032-02-29T00:00"]],
  ["cron(5,35 14 * * ? 2027)", ["2027-01-01T14:05", "2027-01-01T14:35"]],
  ["cron(0 0 1 JAN,jul ? 2027/2)", ["2027-01-01T00:00", "2027-07-01T00:00", "2029-01-01T00:00"]],
  ["cron(0 0 ? * FRI-MON *)", ["2026-11-28T00:00", "2026-11-29T00:00", "2026-11-30T00:00"]],
  ["cron(0 10 * * ? 2020)", []],
  ["cron(0 10 30 2 ? *)", []],
])("%s is due at %j", (expression, expected) => {
  expect(dueTimes(expression, Math.max(1, expected.length))).toEqual(expected);
});

test("a rate counts from the start, whatever has been missed since", () => {
  const after = new Date(AFTER.getTime() + 12 * 60_000);
  expect(parseSchedule("rate(5 minutes)")(after, AFTER)).toEqual(
    new Date(AFTER.getTime() + 15 * 60_000),
  );
});

test.each([
  "rate(1 minutes)",
  "rate(2 day)",
  "rate(0 days)",
  "rate(30 seconds)",
  "every day",
  "cron(x)",
  "cron(* * * * *)",
  "cron(* * * * * *)",
  "cron(0 0 ? * ? *)",
  "cron(60 0 * * ? *)",
  "cron(0 24 * * ? *)",
  "cron(0 0 0 * ? *)",
  "cron(0 0 * 13 ? *)",
  "cron(0 0 ? * 8 *)",
  "cron(0 0 ? * 0 *)",
  "cron(0 0 ? * 6#6 *)",
  "cron(0 0 ? * 3#1,6#3 *)",
  "cron(0/0 * * * ? *)",
  "cron(0 0 * * ? 1969)",
  "cron(0 0 *-3 * ? *)",
  "cron(, 0 * * ? *)",
  "cron(0 0 LW * ? *)",
])("rejects %s", (expression) => {
  expect(() => parseSchedule(expression)).toThrow(ScheduleError);
});

describe("a cron expression of random values", () => {
  const list = (min: number, max: number) =>
    fc.oneof(
      fc.constant(undefined),
      fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 }),
    );
  const text = (values: number[] | undefined) => values?.join(",") ?? "*";
  const has = (values: number[] | undefined, value: number) => values?.includes(value) ?? true;

  test("is due at the first minute that has these values", () => {
    fc.assert(
      fc.property(
        fc.record({
          minutes: list(0, 59),
          hours: list(0, 23),
          days: list(1, 31),
          months: list(1, 12),
          isWeekday: fc.boolean(),
          after: fc.date({
            min: new Date("2024-01-01T00:00:00Z"),
            max: new Date("2029-01-01T00:00:00Z"),
            noInvalidDate: true,
          }),
        }),
        ({ minutes, hours, days, months, isWeekday, after }) => {
          const weekdays = days?.map((day) => ((day - 1) % 7) + 1);
          const fields = isWeekday
            ? `? ${text(months)} ${text(weekdays)}`
            : `${text(days)} ${text(months)} ?`;
          const due = parseCron(`${text(minutes)} ${text(hours)} ${fields} *`)(after);
          const fits = (time: Date) =>
            has(minutes, time.getUTCMinutes()) &&
            has(hours, time.getUTCHours()) &&
            has(months, time.getUTCMonth() + 1) &&
            (isWeekday ? has(weekdays, time.getUTCDay() + 1) : has(days, time.getUTCDate()));
          if (due === undefined) return;
          expect(due.getTime()).toBeGreaterThan(after.getTime());
          expect(due.getTime() % 60_000).toBe(0);
          expect(fits(due)).toBe(true);
          // No earlier minute fits, within a day before it.
          const first = Math.max(after.getTime() + 1, due.getTime() - 86_400_000);
          for (let at = Math.ceil(first / 60_000) * 60_000; at < due.getTime(); at += 60_000) {
            expect(fits(new Date(at))).toBe(false);
          }
        },
      ),
    );
  });
});
