import type { DeadLetter } from "@waybill/core/dead";

import { findDeadLetters } from "../dead-search.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { fields } from "../terminal/fields.ts";
import { print, printJson } from "../terminal/output.ts";
import { dim } from "../terminal/style.ts";
import { duration, escaped, safe } from "../terminal/text.ts";

/** `waybill dead show <message>` */
export async function showDead(id: string, options: FormatOptions): Promise<void> {
  const letters = await findDeadLetters([id]);
  const format = formatOf(options);
  for (const letter of letters) {
    if (format === "table") printLetter(letter);
    else printJson(letter, format);
  }
}

/** Prints a dead letter and its body. */
export function printLetter(letter: DeadLetter): void {
  print(fields(rowsOf(letter)));
  print(`\n${bodyOf(letter)}\n`);
}

function rowsOf({ messageId, sentAt, receives, reason, objects }: DeadLetter) {
  const age = duration((Date.now() - Date.parse(sentAt)) / 1000);
  const rows: [string, string][] = [
    ["message", messageId],
    ["sent", `${sentAt} (${age} ago)`],
    ["receives", String(receives)],
    ["reason", reason ? `${reason.message} (${reason.code})` : "unknown: see the log"],
    ...objects.flatMap(({ event = "", bucket = "", key }): [string, string][] => [
      ["event", event],
      ["bucket", bucket],
      ["key", key],
    ]),
  ];
  return rows.map(([name, value]) => [{ text: name, style: dim }, escaped(value)] as const);
}

/** Returns the body, indented if it is JSON, with every line escaped. */
function bodyOf({ body }: DeadLetter): string {
  return indented(body).split("\n").map(safe).join("\n");
}

function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    // The reason already says that the body is not JSON.
    return body;
  }
}
