import type { Redrive } from "@waybill/core/dead";

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

/** `waybill dead redrive` */
export async function redriveDead(options: RedriveOptions): Promise<void> {
  const { countDeadLetters, lastRedrive, MAX_RATE, startRedrive } =
    await import("@waybill/core/dead");
  if (options.rate !== undefined && options.rate > MAX_RATE) {
    throw new UsageError(`--rate must be 1 to ${MAX_RATE} messages a second`);
  }
  const format = formatOf(options);
  let redrive: Redrive | undefined;
  const progress = showProgress(() => (redrive ? progressOf(redrive) : "asking SQS"));
  const before = await lastRedrive();
  const joins = before?.status === "running";
  if (joins) {
    progress.clear();
    note("waybill: A redrive is under way already.");
  } else if ((await countDeadLetters()) === 0) {
    progress.end();
    if (format !== "people") printJson(null, format);
    else note("waybill: There are no dead letters.");
    return;
  } else await startRedrive(options.rate);

  // Until SQS lists the new one, the last one is another.
  const look = async (): Promise<Redrive> => {
    const last = await lastRedrive();
    const listed = last && (joins || last.startedAt !== before?.startedAt);
    return listed ? last : { status: "running", moved: 0 };
  };
  redrive = await look();
  while (options.wait && redrive.status === "running") {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    redrive = await look();
  }
  progress.end();
  if (format !== "people") printJson(redrive, format);
  else note(`waybill: ${outcomeOf(redrive, options)}`);
  if (redrive.status === "failed" || redrive.status === "cancelled") process.exitCode = 1;
}

function progressOf(redrive: Redrive): string {
  const of = redrive.toMove === undefined ? "" : ` of about ${count(redrive.toMove)}`;
  return `${count(redrive.moved)}${of} dead letters sent back`;
}

function outcomeOf(redrive: Redrive, { wait }: RedriveOptions): string {
  if (redrive.status === "completed") return `${counted(redrive.moved, "dead letter")} sent back.`;
  if (redrive.status === "cancelled") return `The redrive was cancelled: ${progressOf(redrive)}.`;
  if (redrive.status === "failed") {
    const { failure = "SQS does not say why" } = redrive;
    return `The redrive failed, ${escaped(failure)}: ${progressOf(redrive)}.`;
  }
  return `SQS is sending them back${wait ? "" : "; --wait shows how far it is"}.`;
}
