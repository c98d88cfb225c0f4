import type { DeadLetter } from "@waybill/core/dead";

import { type FormatOptions, formatOf } from "../options.ts";
import { EntryPrinter, note } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { styled } from "../terminal/style.ts";
import { type Cell, type Column, type Row, table } from "../terminal/table.ts";
import { count, counted, duration, escaped } from "../terminal/text.ts";
import { windowWidth } from "../terminal/width.ts";

/** Characters of a message ID: enough for `dead show`, and to tell messages apart. */
const SHORT_ID = 8;

/** The width of a window in which reasons are shown in full. */
const WIDE = 120;

const UNKNOWN = "unknown: see the log";

const COLUMNS: readonly Column[] = [
  { title: "message" },
  { title: "age", align: "right", dropOrder: 2 },
  { title: "receives", align: "right", dropOrder: 1 },
  { title: "reason", shrinks: true, dropOrder: 3 },
  { title: "key", shrinks: true },
];

export interface DeadListOptions extends FormatOptions {
  readonly limit: number;
}

/** `waybill dead` */
export async function listDead(options: DeadListOptions): Promise<void> {
  const { listDeadLetters } = await import("@waybill/core/dead");
  const format = formatOf(options);
  const progress = showProgress(() => "reading dead letters");
  const { letters, about } = await listDeadLetters(options.limit);
  progress.end();
  const now = Date.now();
  const printer = new EntryPrinter<DeadLetter>(format, (entries) =>
    table(
      COLUMNS,
      entries.map((letter) => rowOf(letter, now)),
    ),
  );
  printer.print(letters);
  printer.end();
  if (letters.length === 0 && format === "table") note("waybill: No dead letters.");
  else if (about > letters.length) {
    note(
      `waybill: Showing ${count(letters.length)} of about ${count(about)}. Use --limit to show more.`,
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
  // In a narrow window, the end of the code says more than half of the sentence.
  const short = (windowWidth() ?? WIDE) < WIDE;
  const text = short ? (reason.code.split(".").at(-1) ?? "") : escaped(reason.message);
  return { text, style: (shown) => styled("yellow", shown) };
}
