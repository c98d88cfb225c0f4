import { createInterface } from "node:readline/promises";

import { failIfGone, findDeadLetters } from "../dead-search.ts";
import { UsageError } from "../exit.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { note, printJson } from "../terminal/output.ts";
import { counted } from "../terminal/text.ts";
import { printLetter } from "./dead-show.ts";

export interface DropOptions extends FormatOptions {
  readonly yes?: boolean;
}

/** `waybill dead drop <message...>`: prints the letters, so that they are not lost, and deletes them. */
export async function dropDead(ids: readonly string[], options: DropOptions): Promise<void> {
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY;
  if (!options.yes && !isTerminal) {
    throw new UsageError("dropping needs a confirmation: use --yes outside a terminal");
  }
  const { dropDeadLetters } = await import("@waybill/core/dead");
  const letters = await findDeadLetters(ids);
  const format = formatOf(options);
  if (format === "json") printJson(letters, format);
  for (const letter of format === "json" ? [] : letters) {
    if (format === "table") printLetter(letter);
    else printJson(letter, format);
  }
  if (!options.yes && !(await confirmed(letters.length))) {
    note("waybill: Nothing was dropped.");
    return;
  }
  const dropped = await dropDeadLetters(new Set(letters.map(({ messageId }) => messageId)));
  note(`waybill: ${counted(dropped.length, "dead letter")} dropped.`);
  failIfGone(letters, dropped);
}

async function confirmed(letters: number): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const question = `Delete ${counted(letters, "dead letter")}? They cannot be restored. [y/N] `;
  try {
    return /^y(es)?$/i.test((await prompt.question(question)).trim());
  } finally {
    prompt.close();
  }
}
