import parser from "aws-cron-parser";

const RATE = /^rate\((\d+) (minute|minutes|hour|hours|day|days)\)$/;
/** Six fields; the parser expects that AWS has checked them. */
const CRON = /^cron\((\S+(?: \S+){5})\)$/;
const UNITS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** A schedule: when it is due next after a time; undefined if never again. */
export type Schedule = (after: Date) => Date | undefined;

/**
 * Parses a schedule expression, in UTC (Amazon EventBridge User Guide, "Setting a schedule pattern").
 * Returns undefined for one that EventBridge would reject. A rate begins when the stack starts.
 */
export function parseSchedule(expression: string): Schedule | undefined {
  const [, number = "", unit = ""] = RATE.exec(expression) ?? [];
  if (number !== "") {
    const isSingular = !unit.endsWith("s");
    if (Number(number) < 1 || isSingular !== (Number(number) === 1)) return undefined;
    const period = Number(number) * UNITS[unit.replace(/s$/, "") as keyof typeof UNITS];
    return (after) => new Date(after.getTime() + period);
  }
  const fields = CRON.exec(expression)?.[1];
  if (fields === undefined) return undefined;
  try {
    const cron = parser.parse(fields);
    return (after) => parser.next(cron, after) ?? undefined;
  } catch {
    return undefined;
  }
}
