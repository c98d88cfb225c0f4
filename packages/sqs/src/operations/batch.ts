import {
  batchEntryIdsNotDistinct,
  emptyBatch,
  invalidBatchEntryId,
  SqsError,
  tooManyEntries,
} from "../error.ts";
import { type Input, inputList, requiredText } from "../input.ts";

export interface BatchEntry {
  id: string;
  input: Input;
}

/**
 * The entries of a batch request, each with an id of its own.
 *
 * @throws SqsError when the batch as a whole is not acceptable.
 */
export function batchEntries(input: Input, operation: string): BatchEntry[] {
  const entries = inputList(input, "Entries");
  if (entries.length === 0) throw emptyBatch(`${operation}RequestEntry`);
  if (entries.length > 10) throw tooManyEntries(entries.length);
  const seen = new Set<string>();
  return entries.map((entry) => {
    const id = entry["Id"] === "" ? "" : requiredText(entry, "Id");
    if (!/^[\w-]{1,80}$/.test(id)) throw invalidBatchEntryId();
    if (seen.has(id)) throw batchEntryIdsNotDistinct(id);
    seen.add(id);
    return { id, input: entry };
  });
}

/** Does each entry by itself: the answer says which were done and why the others were not. */
export function eachEntry(
  entries: readonly BatchEntry[],
  work: (entry: BatchEntry) => object,
): Record<string, unknown> {
  const done: object[] = [];
  const failed: object[] = [];
  for (const entry of entries) {
    try {
      done.push({ Id: entry.id, ...work(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      const { code, message } = error;
      failed.push({ Id: entry.id, SenderFault: true, Code: code, Message: message });
    }
  }
  return {
    ...(done.length === 0 ? {} : { Successful: done }),
    ...(failed.length === 0 ? {} : { Failed: failed }),
  };
}
