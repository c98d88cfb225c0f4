import type { Redrive } from "@waybill/core/dead";
import { MAX_REDRIVE_RATE } from "@waybill/core/limits";

import { failIfGone, findDeadLetters } from "../dead-search.ts";
import { UsageError } from "../exit.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { note, printJson } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { count, counted, escaped } from "../terminal/text.ts";

export interface RedriveOptions extends FormatOptions {
  readonly rate?: number;
  readonly wait?: boolean;
}

const POLL_MS = 500;

/** `waybill dead redrive [message...]` */
export async function redriveDead(ids: readonly string[], options: RedriveOptions): Promise<void> {
  return ids.length === 0 ? redriveAll(options) : redriveSome(ids, options);
}

async function redriveSome(ids: readonly string[], options: RedriveOptions): Promise<void> {
  if (options.rate !== undefined || options.wait) {
    throw new UsageError("--rate and --wait are only for all dead letters, without message IDs");
  }
  const { redriveDeadLetters } = await import("@waybill/core/dead");
  const letters = await findDeadLetters(ids);
  const sent = await redriveDeadLetters(new Set(letters.map(({ messageId }) => messageId)));
  const format = formatOf(options);
  if (format === "table") note(`waybill: ${counted(sent.length, "dead letter")} sent back.`);
  else printJson({ sent }, format);
  failIfGone(letters, sent);
}

async function redriveAll(options: RedriveOptions): Promise<void> {
  const { countDeadLetters, lastRedrive, startRedrive } = await import("@waybill/core/dead");
  if (options.rate !== undefined && options.rate > MAX_REDRIVE_RATE) {
    throw new UsageError(`--rate must be 1 to ${MAX_REDRIVE_RATE} messages per second`);
  }
  const format = formatOf(options);
  let redrive: Redrive | undefined;
  const progress = showProgress(() => (redrive ? progressOf(redrive) : "waiting for SQS"));
  const before = await lastRedrive();
  const joined = before?.status === "running";
  if (joined) {
    progress.clear();
    note("waybill: A redrive is already running.");
  } else if ((await countDeadLetters()) === 0) {
    progress.end();
    if (format !== "table") printJson(null, format);
    else note("waybill: No dead letters.");
    return;
  } else await startRedrive(options.rate);

  // SQS lists a new task with a delay; until then, its list begins with an older one.
  const current = async (): Promise<Redrive> => {
    const last = await lastRedrive();
    const listed = last && (joined || last.startedAt !== before?.startedAt);
    return listed ? last : { status: "running", moved: 0 };
  };
  redrive = await current();
  while (options.wait && redrive.status === "running") {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    redrive = await current();
  }
  progress.end();
  if (format !== "table") printJson(redrive, format);
  else note(`waybill: ${outcomeOf(redrive, options)}`);
  if (redrive.status === "failed" || redrive.status === "cancelled") process.exitCode = 1;
}

function progressOf(redrive: Redrive): string {
  const of = redrive.toMove === undefined ? "" : ` of about ${count(redrive.toMove)}`;
  return `${count(redrive.moved)}${of} dead letters sent back`;
}

function outcomeOf(redrive: Redrive, { wait }: RedriveOptions): string {
  if (redrive.status === "completed") return `${counted(redrive.moved, "dead letter")} sent back.`;
  if (redrive.status === "cancelled") return `The redrive was canceled: ${progressOf(redrive)}.`;
  if (redrive.status === "failed") {
    const { failure = "SQS gave no reason" } = redrive;
    return `The redrive failed (${escaped(failure)}): ${progressOf(redrive)}.`;
  }
  return `SQS is sending them back.${wait ? "" : " Use --wait to follow the progress."}`;
}
