import { ScheduleError } from "./schedule-error.ts";

/** Numbers of one field, in ascending order. */
type Numbers = readonly number[];
/** The days of a month on which a schedule is due, in ascending order. `month` is 0 to 11. */
type DaysOf = (year: number, month: number) => Numbers;

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the numbers, from `min`. */
  readonly names?: readonly string[];
}

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const WEEKDAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

const MINUTES: Field = { name: "minutes", min: 0, max: 59 };
const HOURS: Field = { name: "hours", min: 0, max: 23 };
const DAY_OF_MONTH: Field = { name: "day-of-month", min: 1, max: 31 };
const MONTH: Field = { name: "month", min: 1, max: 12, names: MONTHS };
const DAY_OF_WEEK: Field = { name: "day-of-week", min: 1, max: 7, names: WEEKDAYS };
const YEAR: Field = { name: "year", min: 1970, max: 2199 };

const MINUTE_MS = 60_000;

/**
 * Parses the six fields of a cron expression of EventBridge, in UTC (Amazon EventBridge User Guide,
 * "Setting a schedule pattern for scheduled rules"). Returns a function that returns the first due
 * time after a time, or undefined if there is none. Throws a `ScheduleError` for fields that
 * EventBridge rejects or does not document.
 */
export function parseCron(text: string): (after: Date) => Date | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 6) throw new ScheduleError("a cron expression has six fields");
  const [minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = "", year = ""] = fields;
  const minutes = numbersOf(minute, MINUTES);
  const hours = numbersOf(hour, HOURS);
  const months = numbersOf(month, MONTH);
  const years = numbersOf(year, YEAR);
  const daysOf = parseDays(dayOfMonth, dayOfWeek);

  return (after) => {
    const from = (Math.floor(after.getTime() / MINUTE_MS) + 1) * MINUTE_MS;
    for (const y of years) {
      if (Date.UTC(y + 1, 0) <= from) continue;
      for (const m of months) {
        if (Date.UTC(y, m) <= from) continue;
        for (const day of daysOf(y, m - 1)) {
          if (Date.UTC(y, m - 1, day + 1) <= from) continue;
          const due = firstOfDay(Date.UTC(y, m - 1, day), from, hours, minutes);
          if (due !== undefined) return new Date(due);
        }
      }
    }
    return undefined;
  };
}

/** The first due time of a day that is not before `from`. */
function firstOfDay(
  day: number,
  from: number,
  hours: Numbers,
  minutes: Numbers,
): number | undefined {
  for (const hour of hours) {
    for (const minute of minutes) {
      const due = day + (hour * 60 + minute) * MINUTE_MS;
      if (due >= from) return due;
    }
  }
  return undefined;
}

/** "If you specify a value or a * in one of the fields, you must use a ? in the other." */
function parseDays(dayOfMonth: string, dayOfWeek: string): DaysOf {
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) {
    throw new ScheduleError("exactly one of day-of-month and day-of-week must be ?");
  }
  return dayOfWeek === "?" ? parseDayOfMonth(dayOfMonth) : parseDayOfWeek(dayOfWeek);
}

function parseDayOfMonth(text: string): DaysOf {
  if (text === "L") return (year, month) => [lengthOf(year, month)];
  const nearest = /^(\d+)W$/.exec(text)?.[1];
  if (nearest !== undefined) {
    const day = numberOf(nearest, DAY_OF_MONTH);
    return (year, month) => (day > lengthOf(year, month) ? [] : [nearestWeekday(year, month, day)]);
  }
  const days = numbersOf(text, DAY_OF_MONTH);
  return (year, month) => days.filter((day) => day <= lengthOf(year, month));
}

function parseDayOfWeek(text: string): DaysOf {
  if (text === "L") return daysWhere((weekday) => weekday === 7);
  const last = /^(\w+)L$/.exec(text)?.[1];
  if (last !== undefined) {
    const wanted = numberOf(last, DAY_OF_WEEK);
    return (year, month) => weekdaysOf(year, month, wanted).slice(-1);
  }
  const [, name, nth] = /^(\w+)#(\d+)$/.exec(text) ?? [];
  if (name !== undefined && nth !== undefined) {
    const wanted = numberOf(name, DAY_OF_WEEK);
    const index = Number(nth);
    if (index < 1 || index > 5) throw new ScheduleError("the number after # must be 1 to 5");
    return (year, month) => weekdaysOf(year, month, wanted).slice(index - 1, index);
  }
  const wanted = new Set(numbersOf(text, DAY_OF_WEEK));
  return daysWhere((weekday) => wanted.has(weekday));
}

/** The days of a month whose weekday, 1 for Sunday, fits. */
const daysWhere =
  (fits: (weekday: number) => boolean): DaysOf =>
  (year, month) =>
    Array.from({ length: lengthOf(year, month) }, (_, index) => index + 1).filter((day) =>
      fits(weekdayOf(year, month, day)),
    );

const weekdaysOf = (year: number, month: number, wanted: number): Numbers =>
  daysWhere((weekday) => weekday === wanted)(year, month);

const lengthOf = (year: number, month: number) =>
  new Date(Date.UTC(year, month + 1, 0)).getUTCDate();

const weekdayOf = (year: number, month: number, day: number) =>
  new Date(Date.UTC(year, month, day)).getUTCDay() + 1;

/** The weekday from Monday to Friday that is closest to a day, in the same month. */
function nearestWeekday(year: number, month: number, day: number): number {
  switch (weekdayOf(year, month, day)) {
    case 7:
      return day === 1 ? 3 : day - 1;
    case 1:
      return day === lengthOf(year, month) ? day - 2 : day + 1;
    default:
      return day;
  }
}

/** Parses a field with `,`, `-`, `*` and `/`. */
function numbersOf(text: string, field: Field): Numbers {
  const numbers = new Set(text.split(",").flatMap((part) => partOf(part, field)));
  return [...numbers].toSorted((a, b) => a - b);
}

function partOf(part: string, field: Field): number[] {
  const [, range = "", step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
  const [, first = "", last] = /^(\*|\w+)(?:-(\w+))?$/.exec(range) ?? [];
  if (first === "" || (first === "*" && last !== undefined) || step === "0") invalid(part, field);
  const start = first === "*" ? field.min : numberOf(first, field);
  // A range that ends before its start, such as FRI-MON, continues at the minimum.
  const end = endOf(first, last, step, field);
  const size = field.max - field.min + 1;
  const length = ((end - start + size) % size) + 1;
  const increment = Number(step ?? 1);
  return Array.from(
    { length: Math.ceil(length / increment) },
    (_, index) => field.min + ((start - field.min + index * increment) % size),
  );
}

function endOf(first: string, last: string | undefined, step: string | undefined, field: Field) {
  if (last !== undefined) return numberOf(last, field);
  return first === "*" || step !== undefined ? field.max : numberOf(first, field);
}

function numberOf(text: string, field: Field): number {
  const index = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (index >= 0) return field.min + index;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < field.min || number > field.max) invalid(text, field);
  return number;
}

function invalid(text: string, { name, min, max }: Field): never {
  throw new ScheduleError(`${text} is not valid for ${name}, ${min} to ${max}`);
}
