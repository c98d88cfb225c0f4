import { parseCron } from "./cron.ts";
import { ScheduleError } from "./schedule-error.ts";

const RATE = /^rate\((\d+) (minute|minutes|hour|hours|day|days)\)$/;
const CRON = /^cron\((.*)\)$/;
const UNITS: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * When a schedule that runs since `start` is due next after a time; undefined if never again. A rate
 * counts from `start`.
 */
export type Schedule = (after: Date, start: Date) => Date | undefined;

/**
 * Parses a schedule expression, in UTC (Amazon EventBridge User Guide, "Setting a schedule pattern
 * for scheduled rules"). Throws a `ScheduleError`.
 */
export function parseSchedule(expression: string): Schedule {
  const [, number, unit = ""] = RATE.exec(expression) ?? [];
  if (number !== undefined) return rate(Number(number), unit);
  const fields = CRON.exec(expression)?.[1];
  if (fields === undefined) {
    throw new ScheduleError("it must be rate(<number> <unit>) or cron(<six fields>)");
  }
  return parseCron(fields);
}

function rate(number: number, unit: string): Schedule {
  if (number < 1) throw new ScheduleError("the number of a rate must be 1 or more");
  if (unit.endsWith("s") === (number === 1)) {
    throw new ScheduleError("the unit must be singular for 1, and plural otherwise");
  }
  const period = number * (UNITS[unit.replace(/s$/, "")] ?? 0);
  return (after, start) => {
    const periods = Math.floor((after.getTime() - start.getTime()) / period) + 1;
    return new Date(start.getTime() + Math.max(1, periods) * period);
  };
}
