import type { Stats } from "@waybill/core/catalog";
import type { StatsQuery } from "@waybill/core/catalog/query";

import { noteCost } from "../cost.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { parseInput } from "../parse-input.ts";
import { print, printJson } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { styled } from "../terminal/style.ts";
import { type Column, table } from "../terminal/table.ts";
import { count, counted, escaped, size } from "../terminal/text.ts";

export interface StatsOptions extends FormatOptions {
  readonly by: string;
  readonly limit: number;
  readonly cost?: boolean;
}

/** `waybill stats [prefix]` */
export async function showStats(prefix: string, options: StatsOptions): Promise<void> {
  const [{ stats }, { StatsQuery }] = await Promise.all([
    import("@waybill/core/catalog/stats"),
    import("@waybill/core/catalog/query"),
  ]);
  const { by, limit } = options;
  const format = formatOf(options);
  const query = parseInput(StatsQuery, { prefix, by, limit });
  let soFar = 0;
  const progress = showProgress(() => `${counted(soFar, "file")} counted`);
  const result = await stats(query, (files) => {
    soFar = files;
  });
  progress.end();
  if (format !== "table") {
    const { groups, others, total } = result;
    printJson({ groups, others, total }, format);
  } else {
    print(tableOf(query, result));
  }
  noteCost(result.read, options);
}

function tableOf({ by, prefix }: StatsQuery, { groups, others, total }: Stats): string {
  const nameOf = ({ name }: { name: string }) =>
    by === "folder" && name === prefix ? "(in no folder)" : escaped(name);
  const columns: Column[] = [
    { title: by, shrinks: true },
    { title: "files", align: "right", dropOrder: 2 },
    { title: "size", align: "right" },
    { title: "share", align: "right", dropOrder: 1 },
  ];
  const row = (name: string, { files, bytes }: Stats["total"]): string[] => [
    name,
    count(files),
    size(bytes),
    total.bytes === 0 ? "" : `${((100 * bytes) / total.bytes).toFixed(1)} %`,
  ];
  return table(columns, [
    ...groups.map((group) => row(nameOf(group), group)),
    ...(others ? [row("(others)", others)] : []),
    row("total", total).map((text) => ({ text, style: bold })),
  ]);
}

const bold = (text: string) => styled("bold", text);
