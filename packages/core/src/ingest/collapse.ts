import type { ChangedEvent, SequencedEvent } from "../notification/event.ts";

/** Events of which only `last` is applied; the others get its result. */
export interface Step<T> {
  readonly last: T;
  readonly superseded: readonly T[];
}

/**
 * Orders the events of one key in three groups and selects the last event of each: created and removed
 * events by sequencer; expirations by sequencer, which does not compare with the sequencers of the first
 * group (see `TombstoneChange`); and changes, of which any one is enough, because each of them only
 * causes a read.
 */
export function collapse<T extends { readonly event: SequencedEvent | ChangedEvent }>(
  entries: readonly T[],
): Step<T>[] {
  const groups: T[][] = [[], [], []];
  for (const entry of entries) groups[orderOf(entry.event.kind)]?.push(entry);
  return groups.flatMap((group) => {
    const [first, ...others] = group;
    if (first === undefined) return [];
    const last = others.reduce((a, b) => (sequencerOf(b) > sequencerOf(a) ? b : a), first);
    return [{ last, superseded: group.filter((entry) => entry !== last) }];
  });
}

function orderOf(kind: "created" | "removed" | "expired" | "changed"): number {
  if (kind === "expired") return 1;
  return kind === "changed" ? 2 : 0;
}

function sequencerOf({ event }: { readonly event: SequencedEvent | ChangedEvent }): string {
  return event.kind === "changed" ? "" : event.sequencer;
}
