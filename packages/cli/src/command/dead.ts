import type { DeadLetter } from "@waybill/core/dead";

import { type FormatOptions, formatOf } from "../options.ts";
import { EntryPrinter, note } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { styled } from "../terminal/style.ts";
import { type Cell, type Column, type Row, table } from "../terminal/table.ts";
import { count, counted, duration, escaped } from "../terminal/text.ts";

const UNKNOWN = "unknown: see the log";

const COLUMNS: readonly Column[] = [
  { title: "message", width: 36 },
  { title: "age", align: "right" },
  { title: "receives", align: "right" },
  { title: "reason", gives: true },
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
    escaped(letter.messageId),
    duration((now - Date.parse(letter.sentAt)) / 1000),
    String(letter.receives),
    reasonOf(letter),
    object === undefined ? "" : escaped(object.key) + more,
  ];
}

function reasonOf({ reason }: DeadLetter): Cell {
  return reason === undefined
    ? { text: UNKNOWN }
    : { text: escaped(reason.message), style: (text) => styled("yellow", text) };
}
