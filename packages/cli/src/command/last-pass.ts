import type { CompletePass } from "@waybill/core/completeness";

import { type FormatOptions, formatOf } from "../options.ts";
import { note, print, printJson } from "../terminal/output.ts";
import { type Column, table } from "../terminal/table.ts";
import { count, escaped, time } from "../terminal/text.ts";

const COLUMNS: readonly Column[] = [
  { title: "complete as of (UTC)", width: 20 },
  { title: "objects", align: "right", width: 9, dropOrder: 2 },
  { title: "repaired", align: "right", width: 9, dropOrder: 1 },
  { title: "keys", shrinks: true },
];

/** `waybill verify --last`: the last pass of each scope that left no difference. */
export async function showLastPasses(prefix: string, options: FormatOptions): Promise<void> {
  const { completeAsOf, readCompleteness } = await import("@waybill/core/completeness");
  const known = await readCompleteness();
  const passes = known.complete.filter(
    (pass) => pass.prefix.startsWith(prefix) || prefix.startsWith(pass.prefix),
  );
  const format = formatOf(options);
  if (format === "json") {
    printJson({ completeAsOf: completeAsOf(known, prefix) ?? null, passes }, format);
  } else if (format === "jsonl") {
    for (const pass of passes) printJson(pass, format);
  } else if (passes.length === 0) {
    note("waybill: No complete pass is known. Run `waybill verify`, or `waybill backfill` first.");
  } else print(table(COLUMNS, passes.map(rowOf)));
}

const rowOf = ({ asOf, objects, found, prefix }: CompletePass) => [
  time(asOf),
  count(objects),
  count(Object.values(found).reduce((sum, number) => sum + number, 0)),
  prefix === "" ? "all" : escaped(`${prefix}*`),
];
