import {
  batchEntryIdsNotDistinct,
  emptyBatch,
  invalidBatchEntryId,
  SqsError,
  tooManyEntries,
} from "../error.ts";
import { type Input, inputList, requiredText } from "../input.ts";
import { MAX_BATCH_ENTRIES, MAX_BATCH_ID_LENGTH } from "../limits.ts";

export interface BatchEntry {
  id: string;
  input: Input;
}

/**
 * Returns the entries of a batch request, whose ids are distinct.
 *
 * Throws `SqsError` if the batch as a whole is not valid.
 */
export function batchEntries(input: Input, operation: string): BatchEntry[] {
  const entries = inputList(input, "Entries");
  if (entries.length === 0) throw emptyBatch(`${operation}RequestEntry`);
  if (entries.length > MAX_BATCH_ENTRIES) throw tooManyEntries(entries.length);
  const seen = new Set<string>();
  return entries.map((entry) => {
    const id = entry["Id"] === "" ? "" : requiredText(entry, "Id");
    if (!/^[\w-]+$/.test(id) || id.length > MAX_BATCH_ID_LENGTH) throw invalidBatchEntryId();
    if (seen.has(id)) throw batchEntryIdsNotDistinct(id);
    seen.add(id);
    return { id, input: entry };
  });
}

/**
 * Processes each entry separately, and returns the successful ones and the errors of the others.
 */
export function eachEntry(
  entries: readonly BatchEntry[],
  work: (entry: BatchEntry) => object,
): Record<string, unknown> {
  const successful: object[] = [];
  const failed: object[] = [];
  for (const entry of entries) {
    try {
      successful.push({ Id: entry.id, ...work(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      const { code, message } = error;
      failed.push({ Id: entry.id, SenderFault: true, Code: code, Message: message });
    }
  }
  return {
    ...(successful.length === 0 ? {} : { Successful: successful }),
    ...(failed.length === 0 ? {} : { Failed: failed }),
  };
}
