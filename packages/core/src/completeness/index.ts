import { newReads, type Reads } from "../catalog/reads.ts";
import { completeAsOf } from "./document.ts";
import { readCompleteness } from "./store.ts";

export { type CompletePass, completeAsOf, countOf, type EndedPass } from "./document.ts";
export { readCompleteness, recordPass } from "./store.ts";

/**
 * When the last pass over a prefix began that left no difference; undefined if there was none. Later
 * changes are in the catalog if their events arrived. Throws a `ServiceError` (`catalog.read_failed`).
 */
export async function completeness(
  prefix: string,
): Promise<{ completeAsOf: string | undefined; read: Reads }> {
  const read = newReads();
  return { completeAsOf: completeAsOf(await readCompleteness(read), prefix), read };
}
