import type { DeadLetter } from "@waybill/core/dead";

import { NotFoundError, UsageError } from "../exit.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { fields } from "../terminal/fields.ts";
import { print, printJson } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { dim } from "../terminal/style.ts";
import { duration, escaped, safe } from "../terminal/text.ts";

/** The number of dead letters to search. SQS returns ten per request, in no order. */
const MAX_SEARCHED = 10_000;

/** `waybill dead show <message>` */
export async function showDead(id: string, options: FormatOptions): Promise<void> {
  const { listDeadLetters } = await import("@waybill/core/dead");
  const progress = showProgress(() => "searching for the message");
  const { letters } = await listDeadLetters(MAX_SEARCHED, ({ messageId }) => messageId === id);
  progress.end();
  const [letter, ...others] = letters.filter(({ messageId }) => messageId.startsWith(id));
  if (!letter) throw new NotFoundError(`No dead letter ${id} was found.`);
  if (others.length > 0)
    throw new UsageError(`several dead letters begin with ${id}: give more of the message ID`);
  const format = formatOf(options);
  if (format !== "table") return printJson(letter, format);
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
