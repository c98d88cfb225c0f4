import * as z from "zod/mini";

import { compareBytes } from "../catalog/byte-order.ts";

const Counts = z.object({
  missing: z.number(),
  ghost: z.number(),
  different: z.number(),
  unreadable: z.number(),
});

/** The number of differences of all kinds. */
export const countOf = (found: z.output<typeof Counts>): number =>
  Object.values(found).reduce((sum, number) => sum + number, 0);

/** A pass that compared all objects of a scope and left no difference. */
const CompletePass = z.object({
  /** The scope: all keys that begin with it. */
  prefix: z.string(),
  /**
   * When the bucket was listed first; ISO-8601 UTC to the millisecond. Every change of an object before
   * this time is in the catalog, or was undone by an event that arrived later (docs/reconcile.md).
   */
  asOf: z.string(),
  endedAt: z.string(),
  objects: z.number(),
  /** Differences that were repaired, by kind. */
  found: Counts,
});
export type CompletePass = z.output<typeof CompletePass>;

/** A pass that ended early: a later pass can continue it. */
const OpenPass = z.object({ prefix: z.string(), asOf: z.string(), to: z.string() });

/** What is known about the completeness of the catalog. Later versions can add members. */
export const Completeness = z.object({
  complete: z.array(CompletePass),
  open: z.array(OpenPass),
});
export type Completeness = z.output<typeof Completeness>;

export const NOTHING_KNOWN: Completeness = { complete: [], open: [] };

/** A pass that has ended. */
export interface EndedPass {
  readonly prefix: string;
  /** The key after which it started; empty if it started at the beginning of its scope. */
  readonly after: string;
  /** When the bucket was listed first. */
  readonly asOf: string;
  readonly endedAt: string;
  readonly objects: number;
  readonly found: CompletePass["found"];
  /** The key up to which everything is compared; undefined if the pass came to the end of its scope. */
  readonly to?: string | undefined;
  /** Whether it left no difference, as far as it came. */
  readonly isEqual: boolean;
}

/** The most scopes that are remembered, so that a listing reads a small item. */
const MAX_SCOPES = 50;

/**
 * Adds a pass. A pass that started after a key counts only if it continues one that came to this key or
 * further; both together are as old as the first. Of the scopes, those within another of a later pass
 * are dropped, and then the oldest.
 */
export function withPass(known: Completeness, pass: EndedPass): Completeness {
  const { prefix, after, to } = pass;
  const continued = known.open.find((open) => open.prefix === prefix);
  const reaches = continued !== undefined && compareBytes(continued.to, after) >= 0;
  const asOf = after === "" ? pass.asOf : reaches ? continued.asOf : undefined;
  if (!pass.isEqual || asOf === undefined) return known;
  const open = known.open.filter((one) => one.prefix !== prefix);
  if (to !== undefined) {
    const opened = to === "" ? open : [...open, { prefix, asOf, to }];
    return { ...known, open: latest(opened) };
  }
  const { endedAt, objects, found } = pass;
  const others = known.complete.filter(
    (one) => !(one.prefix.startsWith(prefix) && one.asOf <= asOf),
  );
  return { complete: latest([...others, { prefix, asOf, endedAt, objects, found }]), open };
}

function latest<T extends { readonly asOf: string }>(scopes: readonly T[]): T[] {
  return scopes.toSorted((a, b) => (a.asOf < b.asOf ? 1 : -1)).slice(0, MAX_SCOPES);
}

/** When the last pass over a prefix began that left no difference; undefined if there was none. */
export function completeAsOf({ complete }: Completeness, prefix: string): string | undefined {
  return complete
    .filter((pass) => prefix.startsWith(pass.prefix))
    .map(({ asOf }) => asOf)
    .reduce<string | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
}
