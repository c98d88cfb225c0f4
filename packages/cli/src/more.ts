import { note } from "./terminal/output.ts";
import { count, shellQuoted } from "./terminal/text.ts";

/** Where a query continues: parameters of the same query. */
export interface NextPage {
  readonly startAfter?: string | undefined;
  readonly startAfterTime?: string | undefined;
}

/** Says on standard error that a command ended at its limit, and how to go on. */
export function noteMore(printed: number, { startAfter, startAfterTime }: NextPage): void {
  const options = [
    startAfterTime === undefined ? "" : ` --start-after-time ${shellQuoted(startAfterTime)}`,
    startAfter === undefined ? "" : ` --start-after ${shellQuoted(startAfter)}`,
  ];
  note(
    `waybill: Ended at --limit ${count(printed)}; there can be more. Use a larger --limit, or continue with:${options.join("")}`,
  );
}
