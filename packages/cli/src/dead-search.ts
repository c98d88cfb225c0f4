import type { DeadLetter } from "@waybill/core/dead";

import { NotFoundError, UsageError } from "./exit.ts";
import { showProgress } from "./terminal/progress.ts";

/** The number of dead letters to search. SQS returns ten per request, in no order. */
const MAX_SEARCHED = 10_000;

/** Characters of a complete message ID. */
const ID_LENGTH = 36;

/**
 * Finds the dead letter of each message ID, or of a unique prefix of it. Throws a `NotFoundError`, or a
 * `UsageError` if a prefix is not unique.
 */
export async function findDeadLetters(ids: readonly string[]): Promise<DeadLetter[]> {
  const { listDeadLetters } = await import("@waybill/core/dead");
  const progress = showProgress(() => "searching the dead letters");
  // Only complete IDs end the search: a prefix can also match a letter that was not received yet.
  const missing = new Set(ids);
  const isComplete = ids.every((id) => id.length === ID_LENGTH);
  const { letters } = await listDeadLetters(MAX_SEARCHED, ({ messageId }) => {
    missing.delete(messageId);
    return isComplete && missing.size === 0;
  });
  progress.end();
  const found = ids.map((id) => {
    const [letter, ...others] = letters.filter(({ messageId }) => messageId.startsWith(id));
    if (!letter) throw new NotFoundError(`No dead letter ${id} was found.`);
    if (others.length > 0)
      throw new UsageError(`several dead letters begin with ${id}: give more of the message ID`);
    return letter;
  });
  return [...new Set(found)];
}

/** Throws a `NotFoundError` if some letters were gone when they were to be removed. */
export function failIfGone(letters: readonly DeadLetter[], removed: readonly string[]): void {
  const gone = letters.filter(({ messageId }) => !removed.includes(messageId));
  if (gone.length === 0) return;
  const ids = gone.map(({ messageId }) => messageId).join(", ");
  throw new NotFoundError(`Not found again, so nothing was done with: ${ids}.`);
}
