import type { DeadLetter } from "@waybill/core/dead";

import { NotFoundError, UsageError } from "../exit.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { fields } from "../terminal/fields.ts";
import { print, printJson } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { dim } from "../terminal/style.ts";
import { duration, escaped, safe } from "../terminal/text.ts";

/** SQS gives out ten at a time and not all of what it holds: one that is not among so many is not looked for further. */
const MAX_LOOK = 10_000;

/** `waybill dead show <message>`: a message's id, or how it begins. */
export async function showDead(id: string, options: FormatOptions): Promise<void> {
  const { lookAtDeadLetters } = await import("@waybill/core/dead");
  const progress = showProgress(() => "looking for the message");
  const { letters } = await lookAtDeadLetters(MAX_LOOK, ({ messageId }) => messageId === id);
  progress.end();
  const [letter, ...others] = letters.filter(({ messageId }) => messageId.startsWith(id));
  if (!letter) throw new NotFoundError(`There is no dead letter ${id}.`);
  if (others.length > 0) throw new UsageError(`Several dead letters begin with ${id}.`);
  const format = formatOf(options);
  if (format !== "people") return printJson(letter, format);
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

/** The body, laid out if it is JSON; every line of it safe to print. */
function bodyOf({ body }: DeadLetter): string {
  return laidOut(body).split("\n").map(safe).join("\n");
}

function laidOut(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    // That it is no JSON is what the reason says.
    return body;
  }
}
