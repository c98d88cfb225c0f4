import { greatestOf, type StoredRecord } from "../catalog/stored.ts";
import type { Sequenced } from "./trigger.ts";

/** The record stays as it is. */
export interface Unchanged {
  readonly state: "unchanged";
  readonly reason: "not_newer" | "forbidden_or_gone";
}

/** What the events say of the object where S3 does not. */
type Decided = { readonly state: "deleted" } | { readonly state: "unreadable" } | Unchanged;

/** The reason of a record that is unreadable because of an ambiguous answer. */
export const AMBIGUOUS = "forbidden_or_gone";

/**
 * Decides about a 403, which S3 answers for a missing object as for a forbidden one unless the caller may
 * list the bucket (Amazon S3 API Reference, HeadObject). The sequencers of the events are the only
 * evidence: each event is applied in their order.
 *
 * A creation that is newer than the record makes it unreadable. A removal or an expiration makes it a
 * tombstone, unless the record is unreadable only because of a newer creation and a 403. Other changes do
 * not decide.
 */
export function decideAmbiguous(
  events: readonly Sequenced[],
  stored: Pick<StoredRecord, "state" | "sequencer" | "unreadable"> | undefined,
): Decided {
  if (events.length === 0) return { state: "unchanged", reason: AMBIGUOUS };
  let decided: Decided = { state: "unchanged", reason: "not_newer" };
  let sequencer = stored?.sequencer;
  let isAssumed = stored?.unreadable?.reason === AMBIGUOUS;
  for (const event of events.toSorted(bySequencer)) {
    const isNewer = sequencer === undefined || event.sequencer > sequencer;
    const isCreated = event.kind === "created";
    // A creation needs to be newer; a removal must not be older than the creation that is assumed.
    if (
      isCreated ? !isNewer : isAssumed && sequencer !== undefined && event.sequencer < sequencer
    ) {
      continue;
    }
    decided = { state: isCreated ? "unreadable" : "deleted" };
    isAssumed = isCreated;
    sequencer = greatestOf(event.sequencer, sequencer);
  }
  return decided;
}

/** Equal sequencers: an expiration carries that of the creation, which was before. */
function bySequencer(a: Sequenced, b: Sequenced): number {
  if (a.sequencer !== b.sequencer) return a.sequencer < b.sequencer ? -1 : 1;
  return Number(a.kind !== "created") - Number(b.kind !== "created");
}
