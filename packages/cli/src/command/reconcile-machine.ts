import { MAX_PASS_CONCURRENCY } from "@waybill/core/limits";
import type { RunningPass } from "@waybill/core/reconcile/execution";

import { FAILED, NotFoundError, UsageError } from "../exit.ts";
import { describeFound } from "../found.ts";
import { interruption } from "../interrupt.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { fields } from "../terminal/fields.ts";
import { note, print, printJson } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { dim, styled } from "../terminal/style.ts";
import type { Cell } from "../terminal/table.ts";
import { count, counted, duration, escaped, time } from "../terminal/text.ts";

export interface StartOptions extends FormatOptions {
  readonly dryRun?: boolean;
  readonly concurrency?: number;
  readonly resume?: string;
  readonly wait?: boolean;
}

const POLL_MS = 1000;

/** `waybill reconcile start [prefix]` */
export async function startReconcile(prefix: string, options: StartOptions): Promise<void> {
  const { findPass, startExecution } = await import("@waybill/core/reconcile/execution");
  const { concurrency, resume, dryRun } = options;
  if (concurrency !== undefined && concurrency > MAX_PASS_CONCURRENCY) {
    throw new UsageError(`--concurrency must be 1 to ${MAX_PASS_CONCURRENCY}`);
  }
  if (resume !== undefined && (prefix !== "" || dryRun)) {
    throw new UsageError(
      "--resume continues a pass as it was started: without [prefix], --dry-run",
    );
  }
  const continued = resume === undefined ? undefined : await findPass(resume);
  if (resume !== undefined && continued === undefined) throw noPass(resume);
  const pass = await startExecution(
    continued ? { pass: continued.pass, concurrency } : { prefix, repair: !dryRun, concurrency },
  );
  if (options.wait) return followPass(pass, options);
  const format = formatOf(options);
  if (format === "table")
    note(`waybill: Started. Follow it with: waybill reconcile status ${pass}`);
  else printJson({ pass }, format);
}

/** `waybill reconcile status [pass]` */
export async function showReconcile(
  pass: string | undefined,
  options: FormatOptions & { readonly wait?: boolean },
): Promise<void> {
  if (options.wait) return followPass(pass, options);
  printPass(await passOf(pass), options);
}

/** `waybill reconcile stop [pass]` */
export async function stopReconcile(
  pass: string | undefined,
  options: FormatOptions,
): Promise<void> {
  const { stopPass } = await import("@waybill/core/reconcile/execution");
  const found = await passOf(pass);
  if (found.status !== "RUNNING") {
    note(`waybill: The pass ${found.pass} does not run: it is ${wordOf(found)}.`);
    return;
  }
  await stopPass(found);
  const format = formatOf(options);
  if (format === "table") {
    note(`waybill: Stopped. Continue with: waybill reconcile start --resume ${found.pass}`);
  } else printJson({ stopped: found.pass }, format);
}

/** Shows the progress of a pass until it ends; Ctrl-C leaves the pass running. */
async function followPass(pass: string | undefined, options: FormatOptions): Promise<void> {
  const signal = interruption();
  let current = await passOf(pass);
  const progress = showProgress(() => progressOf(current));
  while (current.status === "RUNNING" && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    current = await passOf(current.pass);
  }
  progress.end();
  printPass(current, options);
}

async function passOf(pass: string | undefined): Promise<RunningPass> {
  const { findPass } = await import("@waybill/core/reconcile/execution");
  const found = await findPass(pass);
  if (found) return found;
  throw noPass(pass);
}

const noPass = (pass: string | undefined) =>
  new NotFoundError(
    pass === undefined
      ? "No pass was started yet. Start one with `waybill reconcile start`."
      : `No pass ${pass} was found.`,
  );

function printPass(pass: RunningPass, options: FormatOptions): void {
  const format = formatOf(options);
  if (format === "table") print(fields(rowsOf(pass)));
  else printJson(pass, format);
  const { status, total } = pass;
  if (status === "FAILED" || status === "TIMED_OUT" || total.failed > 0) process.exitCode = FAILED;
}

const BAR_WIDTH = 20;

function progressOf({ ranges, total, startedAt, endedAt }: RunningPass): string {
  const share = ranges.all === 0 ? 0 : ranges.done / ranges.all;
  const bar = "#".repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, "-");
  const end = endedAt === undefined ? Date.now() : Date.parse(endedAt);
  const seconds = Math.max(1, (end - Date.parse(startedAt)) / 1000);
  const rate = count(Math.round(total.objects / seconds));
  return `[${bar}] ${ranges.done} of ${counted(ranges.all, "range")}, ${counted(total.objects, "object")}, ${rate}/s, ${differencesOf(total)}`;
}

const differencesOf = ({ found }: RunningPass["total"]): string =>
  describeFound(found) || "no differences";

function wordOf({ status }: RunningPass): string {
  if (status === "SUCCEEDED") return "complete";
  return status.toLowerCase().replace("_", " ");
}

function rowsOf(pass: RunningPass): (readonly [Cell, string | Cell])[] {
  const { startedAt, endedAt, prefix, repair, total, failure } = pass;
  const end = endedAt === undefined ? Date.now() : Date.parse(endedAt);
  const rows: [string, string | Cell][] = [
    ["pass", pass.pass],
    ["keys", prefix === "" ? "all" : escaped(`${prefix}*`)],
    ["status", wordOf(pass)],
    ["started", `${time(startedAt)} UTC, ${duration((end - Date.parse(startedAt)) / 1000)}`],
    ["progress", progressOf(pass)],
    [repair ? "repaired" : "differences", differencesOf(total)],
  ];
  const trouble = (text: string): Cell => ({ text, style: (shown) => styled("yellow", shown) });
  if (total.failed > 0) {
    rows.push([
      "not resolved",
      trouble(`${count(total.failed)}; the log of the function says why`),
    ]);
  }
  if (failure !== undefined) rows.push(["failure", trouble(escaped(failure))]);
  return rows.map(([name, value]) => [{ text: name, style: dim }, value] as const);
}
