import type { DeadLetter } from "@waybill/core/dead";

import { type FormatOptions, formatOf } from "../options.ts";
import { EntryPrinter, note } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { styled } from "../terminal/style.ts";
import { type Cell, type Column, type Row, table } from "../terminal/table.ts";
import { count, counted, duration, escaped } from "../terminal/text.ts";
import { windowWidth } from "../terminal/width.ts";

/** Characters of a message's id that tell it from others, and that `dead show` takes for it. */
const SHORT_ID = 8;

/** Columns of a window that has room for the reasons in full. */
const WIDE = 120;

const UNKNOWN = "unknown: see the log";

const COLUMNS: readonly Column[] = [
  { title: "message" },
  { title: "age", align: "right", leaves: 2 },
  { title: "receives", align: "right", leaves: 1 },
  { title: "reason", gives: true, leaves: 3 },
  { title: "key", gives: true },
];

export interface DeadListOptions extends FormatOptions {
  readonly limit: number;
}

/** `waybill dead` */
export async function listDead(options: DeadListOptions): Promise<void> {
  const { lookAtDeadLetters } = await import("@waybill/core/dead");
  const format = formatOf(options);
  const progress = showProgress(() => "looking at the dead letters");
  const { letters, about } = await lookAtDeadLetters(options.limit);
  progress.end();
  const now = Date.now();
  const printer = new EntryPrinter<DeadLetter>(format, (letters) =>
    table(
      COLUMNS,
      letters.map((letter) => rowOf(letter, now)),
    ),
  );
  printer.print(letters);
  printer.end();
  if (format !== "people") return;
  if (letters.length === 0) note("waybill: There are no dead letters.");
  else if (about > letters.length) {
    note(
      `waybill: These are ${count(letters.length)} of about ${count(about)}; --limit shows more.`,
    );
  }
}

function rowOf(letter: DeadLetter, now: number): Row {
  const [object, ...others] = letter.objects;
  const more = others.length === 0 ? "" : ` and ${counted(others.length, "other")}`;
  return [
    escaped(letter.messageId.slice(0, SHORT_ID)),
    duration((now - Date.parse(letter.sentAt)) / 1000),
    String(letter.receives),
    reasonOf(letter),
    object === undefined ? "" : escaped(object.key) + more,
  ];
}

function reasonOf({ reason }: DeadLetter): Cell {
  if (reason === undefined) return { text: UNKNOWN };
  // Half a sentence says less than the last word of its code.
  const short = (windowWidth() ?? WIDE) < WIDE;
  const text = short ? (reason.code.split(".").at(-1) ?? "") : escaped(reason.message);
  return { text, style: (text) => styled("yellow", text) };
}
