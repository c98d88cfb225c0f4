import type { ChangedEvent, SequencedEvent } from "../notification/event.ts";

/** Events of which only `last` has to be applied; the others are settled with it. */
export interface Step<T> {
  readonly last: T;
  readonly superseded: readonly T[];
}

/**
 * Orders the events of one key, and keeps of each sort only the one that decides: of created and
 * removed ones the greatest sequencer; of expirations, whose sequencers do not compare with those
 * (see `TombstoneChange`), the same among themselves; of those without order any one, at the end,
 * since all of them only say that the object must be read again.
 */
export function collapse<T extends { readonly event: SequencedEvent | ChangedEvent }>(
  entries: readonly T[],
): Step<T>[] {
  const sorts: T[][] = [[], [], []];
  for (const entry of entries) sorts[orderOf(entry.event.kind)]?.push(entry);
  return sorts.flatMap((sort) => {
    const [first, ...others] = sort;
    if (first === undefined) return [];
    const last = others.reduce((a, b) => (sequencerOf(b) > sequencerOf(a) ? b : a), first);
    return [{ last, superseded: sort.filter((entry) => entry !== last) }];
  });
}

function orderOf(kind: "created" | "removed" | "expired" | "changed"): number {
  if (kind === "expired") return 1;
  return kind === "changed" ? 2 : 0;
}

function sequencerOf({ event }: { readonly event: SequencedEvent | ChangedEvent }): string {
  return event.kind === "changed" ? "" : event.sequencer;
}
