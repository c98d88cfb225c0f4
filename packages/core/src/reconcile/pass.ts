import pLimit from "p-limit";

import { compare, type Pages, type Position } from "./compare.ts";
import type { Difference, DifferenceKind, ListedObject, RecordedObject } from "./difference.ts";

/** The side effects of a pass. */
export interface PassPorts {
  readonly listing: Pages<ListedObject>;
  readonly catalog: Pages<RecordedObject>;
  /** Resolves a difference, or only confirms it; undefined if it turns out to be none. */
  readonly resolve: (difference: Difference) => Promise<DifferenceKind | undefined>;
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** A difference that was settled. Differences that turn out to be none are not reported. */
export interface Finding extends Difference {
  /** Why it could not be resolved or confirmed; another pass may. */
  readonly error?: unknown;
}

/** A pass so far. */
export interface PassState extends Position {
  /** Findings without an error, by kind. */
  readonly found: Record<DifferenceKind, number>;
  failed: number;
  /** When the bucket was listed first, by S3's clock; ISO-8601 UTC to the millisecond. Undefined before. */
  asOf?: string;
  /** All keys up to this one are compared and settled: a pass can continue after it. */
  settledTo: string;
}

export function newPassState(after = ""): PassState {
  return {
    objects: 0,
    records: 0,
    key: after,
    settledTo: after,
    found: { missing: 0, ghost: 0, different: 0, unreadable: 0 },
    failed: 0,
  };
}

/** Differences that are resolved at a time; the SDK opens up to 50 connections. */
const CONCURRENCY = 32;

/** Differences that wait to be settled; the comparison pauses when there are more. */
const MAX_PENDING = 4096;

/**
 * How long a difference that can be recent is left to the event that is probably on its way. About a
 * second is usual (see docs/architecture.md).
 */
const SETTLE_MS = 3000;

/** An object that is older than this is not recent: its event is lost, or waits in a queue. */
const RECENT_MS = 60_000;

interface Pending {
  /** The last key before it that was compared. */
  readonly before: string;
  settled: boolean;
}

/**
 * Compares a listing and the catalog and settles each difference; `report` gets those that are real, in
 * the order in which they are settled. `state` is updated as the pass proceeds.
 *
 * A difference that cannot be settled is reported with its error and does not end the pass. Throws if a
 * side cannot be read to the end, or if `signal` aborts; the differences so far are settled first, and a
 * later pass can continue after `settledTo`.
 */
export async function runPass(
  { listing, catalog, resolve, wait }: PassPorts,
  state: PassState,
  report: (finding: Finding) => void,
  signal: AbortSignal,
): Promise<void> {
  const limit = pLimit(CONCURRENCY);
  const pending: Pending[] = [];
  const work = new Set<Promise<void>>();
  let resume = () => {};
  const advance = () => {
    while (pending[0]?.settled) pending.shift();
    state.settledTo = pending[0]?.before ?? state.key;
  };
  const settle = async (difference: Difference, entry: Pending) => {
    try {
      if (isRecent(difference, Date.now())) await wait(SETTLE_MS);
      const kind = await limit(() => resolve(difference));
      if (kind !== undefined) {
        state.found[kind] += 1;
        report({ ...difference, kind });
      }
    } catch (error) {
      // After an abort, this difference and all later ones are left to the pass that continues.
      if (signal.aborted) return;
      state.failed += 1;
      report({ ...difference, error });
    }
    entry.settled = true;
    advance();
  };
  try {
    for await (const difference of compare(listing, catalog, state)) {
      signal.throwIfAborted();
      const entry = { before: state.key, settled: false };
      pending.push(entry);
      const settled = settle(difference, entry).finally(() => {
        work.delete(settled);
        resume();
      });
      work.add(settled);
      // `Promise.race` would keep a reaction in each of thousands of promises, each time.
      while (pending.length >= MAX_PENDING && work.size > 0) {
        await new Promise<void>((proceed) => {
          resume = proceed;
        });
      }
    }
  } finally {
    await Promise.all(work);
    advance();
  }
  // An abort after the comparison leaves differences unsettled.
  signal.throwIfAborted();
}

/** Whether the event behind a difference can still be on its way. When an object was removed is unknown. */
function isRecent({ listed }: Difference, now: number): boolean {
  return listed === undefined || Date.parse(listed.lastModified) > now - RECENT_MS;
}
