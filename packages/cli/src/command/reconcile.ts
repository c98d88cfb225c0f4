import type { EndedPass } from "@waybill/core/completeness";
import type { DifferenceKind, Finding, Pass, PassState } from "@waybill/core/reconcile";

import { describeUsage, priceText } from "../cost.ts";
import { FAILED, INTERRUPTED } from "../exit.ts";
import { explain } from "../explain.ts";
import { describeFound } from "../found.ts";
import { interruption } from "../interrupt.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { EntryPrinter, note } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { styled } from "../terminal/style.ts";
import { type Column, type Row, table } from "../terminal/table.ts";
import { count, counted, duration, escaped, shellQuoted, size } from "../terminal/text.ts";

export interface PassOptions extends FormatOptions {
  readonly after?: string;
  readonly dryRun?: boolean;
}

type Verb = "verify" | "repair" | "backfill";

const COLUMNS: readonly Column[] = [
  { title: "difference", width: 10 },
  { title: "size", align: "right", width: 9, dropOrder: 1 },
  { title: "key", shrinks: true },
];

/** `waybill verify [prefix]` */
export const verify = async (
  prefix: string,
  options: PassOptions & { readonly last?: boolean },
): Promise<void> =>
  options.last
    ? (await import("./last-pass.ts")).showLastPasses(prefix, options)
    : runPass("verify", prefix, { ...options, dryRun: true });

/** `waybill repair [prefix]` */
export const repair = (prefix: string, options: PassOptions): Promise<void> =>
  runPass("repair", prefix, options);

/** `waybill backfill [prefix]` */
export const backfill = (prefix: string, options: PassOptions): Promise<void> =>
  runPass("backfill", prefix, options);

async function runPass(verb: Verb, prefix: string, options: PassOptions): Promise<void> {
  const { endedPass, expectedObjects, startPass, priceOf } =
    await import("@waybill/core/reconcile");
  const { after, dryRun = false } = options;
  const format = formatOf(options);
  const listsAll = verb !== "backfill" || dryRun;
  const signal = interruption();
  const start = performance.now();
  let expected: number | undefined;
  const progress = showProgress(() => progressOf(running, start, expected));
  if (process.stderr.isTTY && after === undefined) {
    // Without an estimate, the progress has no remaining time.
    expectedObjects(prefix).then(
      (objects) => (expected = objects),
      () => undefined,
    );
  }
  const printer = new EntryPrinter<Finding>(
    format,
    (findings, first) => table(COLUMNS, findings.map(rowOf), first ? {} : { titles: false }),
    { progress, member: "differences", entryOf },
  );
  const report = (finding: Finding) => {
    if (finding.error !== undefined) {
      progress.clear();
      const { message, code } = explain(finding.error);
      note(
        `waybill: ${escaped(finding.key)}: ${escaped(message)}${code === undefined ? "" : ` (${code})`}`,
      );
    }
    if (listsAll || finding.error !== undefined) printer.print([finding]);
  };
  const running = startPass({ prefix, after }, { repair: !dryRun, report, signal });
  let failure: Error | undefined;
  try {
    await running.done;
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  }
  const { state, usage } = running;
  const isComplete = failure === undefined;
  await record(endedPass({ prefix, after }, running, { repair: !dryRun, isComplete }));
  printer.end({
    summary: {
      complete: isComplete,
      objects: state.objects,
      records: state.records,
      ...state.found,
      failed: state.failed,
      after: isComplete ? undefined : state.settledTo,
      requests: usage,
      usd: priceOf(usage),
    },
  });
  if (format === "table") note(summaryOf(running, dryRun, (performance.now() - start) / 1000));
  if (format === "table") note(`waybill: ${describeUsage(usage)}; ${priceText(priceOf(usage))}`);
  if (!isComplete) {
    const again = state.settledTo === "" ? "" : ` --after ${shellQuoted(state.settledTo)}`;
    const where = prefix === "" ? "" : ` ${shellQuoted(prefix)}`;
    note(`waybill: Not complete. Continue with: waybill ${verb}${where}${again}`);
  }
  if (signal.aborted) process.exitCode = INTERRUPTED;
  else if (failure) throw failure;
  else if (state.failed > 0 || (dryRun && differencesOf(state) > 0)) process.exitCode = FAILED;
}

/** Records how far the catalog is complete now. Who may only read can compare as well. */
async function record(ended: EndedPass | undefined): Promise<void> {
  if (ended === undefined) return;
  const { recordPass } = await import("@waybill/core/completeness");
  try {
    await recordPass(ended);
  } catch (error) {
    const { message, code } = explain(error);
    note(`waybill: ${escaped(message)} (${code ?? "unknown"})`);
  }
}

const differencesOf = (state: PassState): number =>
  Object.values(state.found).reduce((sum, number) => sum + number, 0);

function progressOf({ state }: Pass, start: number, expected: number | undefined): string {
  const seconds = (performance.now() - start) / 1000;
  const rate = Math.round(state.objects / seconds);
  const isEstimated = expected !== undefined && state.objects > 0 && expected > state.objects;
  const remaining = isEstimated
    ? `, about ${duration(((expected - state.objects) / state.objects) * seconds)} left`
    : "";
  return `${count(state.objects)} objects, ${count(rate)}/s${remaining}, ${counted(differencesOf(state), "difference")}, at ${escaped(state.key)}`;
}

function summaryOf(pass: Pass, dryRun: boolean, seconds: number): string {
  const { state } = pass;
  const rate = count(Math.round(state.objects / Math.max(seconds, 0.001)));
  const compared = `Compared ${counted(state.objects, "object")} with ${counted(state.records, "record")} (${rate} objects/s)`;
  const total = differencesOf(state);
  const verbed = dryRun ? "" : " repaired";
  const found =
    total === 0
      ? "no differences"
      : `${counted(total, "difference")}${verbed}: ${describeFound(state.found)}`;
  const failed = state.failed === 0 ? "" : `; ${count(state.failed)} could not be read or written`;
  return `waybill: ${compared}: ${found}${failed}.`;
}

const STYLES: Readonly<Record<DifferenceKind, Parameters<typeof styled>[0]>> = {
  missing: "green",
  ghost: "red",
  different: "yellow",
  unreadable: "yellow",
};

const rowOf = ({ kind, listed, recorded, key }: Finding): Row => {
  const stored = recorded?.stored instanceof Error ? undefined : recorded?.stored;
  const bytes = listed?.size ?? stored?.object?.size;
  return [
    { text: kind, style: (text) => styled(STYLES[kind], text) },
    bytes === undefined ? "?" : size(bytes),
    escaped(key),
  ];
};

/** A finding for a program. */
function entryOf({ kind, key, listed, recorded, error }: Finding) {
  const stored = recorded?.stored instanceof Error ? undefined : recorded?.stored;
  return {
    kind,
    key,
    bucket: listed && { ...listed, key: undefined },
    catalog: stored && { state: stored.state, ...stored.object },
    error: error === undefined ? undefined : explain(error).code,
  };
}
