/** How many files there are, and what they hold. */
export interface Totals {
  files: number;
  /** Of those whose size is known. */
  bytes: number;
}

export interface Group extends Totals {
  readonly name: string;
}

/** Sums by name. */
export type Sums = Map<string, Totals>;

/** The largest first; of one size, those with more files first. */
export const largestFirst = (a: Group, b: Group): number =>
  b.bytes - a.bytes || b.files - a.files || (a.name < b.name ? -1 : 1);

/** By name, backwards: days with the latest first. */
export const latestFirst = (a: Group, b: Group): number => (a.name > b.name ? -1 : 1);

export const noTotals = (): Totals => ({ files: 0, bytes: 0 });

export function add(to: Totals, { files, bytes }: Totals): void {
  to.files += files;
  to.bytes += bytes;
}

/** Takes all but the first `limit` of an order out of `sums`, and adds them up in `others`. */
export function keepFirst(
  sums: Sums,
  limit: number,
  order: (a: Group, b: Group) => number,
  others: Totals,
): void {
  for (const { name, files, bytes } of ranked(sums, order).slice(limit)) {
    add(others, { files, bytes });
    sums.delete(name);
  }
}

export function ranked(sums: Sums, order: (a: Group, b: Group) => number): Group[] {
  return Array.from(sums, ([name, totals]) => ({ name, ...totals })).toSorted(order);
}
