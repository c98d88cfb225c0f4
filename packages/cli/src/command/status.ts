import { type CountedOutcome, OUTCOME_METRICS } from "@waybill/core/metric-names";
import type { Status } from "@waybill/core/status";

import { explain } from "../explain.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { fields } from "../terminal/fields.ts";
import { print, printJson } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { dim, styled } from "../terminal/style.ts";
import type { Cell } from "../terminal/table.ts";
import { count, counted, duration, escaped, time } from "../terminal/text.ts";

/** `waybill status` */
export async function showStatus(options: FormatOptions): Promise<void> {
  const { status } = await import("@waybill/core/status");
  const progress = showProgress(() => "reading queues and metrics");
  const found = await status(new Date());
  progress.end();
  const format = formatOf(options);
  if (format === "table") print(fields(rowsOf(found)));
  else printJson(jsonOf(found), format);
}

function jsonOf({ metrics, ...others }: Status): object {
  if (!("unavailable" in metrics)) return { ...others, metrics };
  const { message, code } = explain(metrics.unavailable);
  return { ...others, metrics: null, metricsUnavailable: { message, code } };
}

const OUTCOMES = Object.keys(OUTCOME_METRICS) as CountedOutcome[];

const yellow = (text: string) => styled("yellow", text);

type Row = readonly [name: Cell, value: string | Cell];

const row = (name: string, value: string | Cell): Row => [{ text: name, style: dim }, value];

function rowsOf({ app, stage, bucket, catalog, events, deadLetters, metrics }: Status): Row[] {
  const { items, completeAsOf } = catalog;
  return [
    row("stage", `${app} / ${stage}`),
    row("bucket", bucket),
    row(
      "catalog",
      catalog.table +
        (items === undefined ? "" : `, about ${counted(items, "record")} a few hours ago`),
    ),
    row("complete", completeCell(completeAsOf)),
    row(
      "events",
      `${count(events.waiting)} waiting, ${count(events.inFlight)} in flight${events.delayed ? `, ${count(events.delayed)} delayed` : ""}`,
    ),
    row("dead letters", deadCell(deadLetters.waiting + deadLetters.inFlight)),
    ...metricRows(metrics),
  ];
}

function completeCell(completeAsOf: string | undefined): Cell {
  if (completeAsOf !== undefined) return { text: `as of ${time(completeAsOf)} UTC` };
  return { text: "not known; run `waybill verify` to compare with the bucket", style: yellow };
}

function deadCell(letters: number): Cell {
  return letters === 0
    ? { text: "none" }
    : {
        text: `${count(letters)}; run \`waybill dead\` to list them`,
        style: yellow,
      };
}

function metricRows(metrics: Status["metrics"]): Row[] {
  if ("unavailable" in metrics) {
    const { message } = explain(metrics.unavailable);
    return [row("metrics", `not available: ${escaped(message)}`)];
  }
  const { since, lag, oldestEvent } = metrics;
  const counts = OUTCOMES.map((outcome) => {
    const text = count(metrics[outcome]);
    const isTrouble = outcome === "failed" && metrics.failed > 0;
    return row(`  ${outcome}`, isTrouble ? { text, style: yellow } : text);
  });
  return [
    row("since", `${time(since)} UTC`),
    ...counts,
    row(
      "  lag",
      lag ? `p50 ${milliseconds(lag.p50)}, p99 ${milliseconds(lag.p99)}` : "nothing written",
    ),
    ...(oldestEvent === undefined ? [] : [row("oldest event", duration(oldestEvent))]),
  ];
}

const milliseconds = (ms: number) =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
