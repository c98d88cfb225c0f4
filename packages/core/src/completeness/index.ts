import { newReads, type Reads } from "../catalog/reads.ts";
import { completeAsOf } from "./document.ts";
import { readCompleteness } from "./store.ts";

export { type CompletePass, completeAsOf, type EndedPass } from "./document.ts";
export { readCompleteness, recordPass } from "./store.ts";

/**
 * The time up to which every change below a prefix is certainly in the catalog: when the last pass over
 * it began that left no difference. Undefined if there was none. Throws a `ServiceError`
 * (`catalog.read_failed`).
 */
export async function completeness(
  prefix: string,
): Promise<{ completeAsOf: string | undefined; read: Reads }> {
  const read = newReads();
  return { completeAsOf: completeAsOf(await readCompleteness(read), prefix), read };
}
