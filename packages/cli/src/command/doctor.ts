import type { Checked } from "@waybill/core/doctor";

import { FAILED } from "../exit.ts";
import { explain } from "../explain.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { fields } from "../terminal/fields.ts";
import { EntryPrinter } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { dim, styled } from "../terminal/style.ts";
import { escaped } from "../terminal/text.ts";

const WORDS: Readonly<Record<Checked["status"], string>> = {
  ok: "ok",
  warning: "warning",
  problem: "PROBLEM",
  unknown: "not checked",
};

const COLORS = { ok: "green", warning: "yellow", problem: "red", unknown: "gray" } as const;

/** `waybill doctor` */
export async function examineStage(options: FormatOptions): Promise<void> {
  const { examine } = await import("@waybill/core/doctor");
  const progress = showProgress(() => "checking the stage");
  const checks = (await examine()).map(describe);
  progress.end();
  const printer = new EntryPrinter<Checked>(formatOf(options), (entries) =>
    entries.map(lineOf).join(""),
  );
  printer.print(checks);
  printer.end();
  if (checks.some(({ status }) => status === "problem")) process.exitCode = FAILED;
}

/** A check that failed, with its error as the message. */
function describe(check: Checked & { readonly error?: unknown }): Checked {
  const { error, ...others } = check;
  if (error === undefined) return others;
  const { message, code, advice } = explain(error);
  return { ...others, message: `${message}${code === undefined ? "" : ` (${code})`}`, fix: advice };
}

function lineOf({ name, status, message, fix }: Checked): string {
  const word = {
    text: WORDS[status].padEnd(11),
    style: (text: string) => styled(COLORS[status], text),
  };
  const line = fields([[word, `${name}: ${escaped(message)}`]]);
  return fix === undefined
    ? line
    : line + fields([[{ text: " ".repeat(11), style: dim }, escaped(fix)]]);
}
