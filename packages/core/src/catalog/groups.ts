/** Number and total size of files. */
export interface Totals {
  files: number;
  /** Total size of the files whose size is known. */
  bytes: number;
}

export interface Group extends Totals {
  readonly name: string;
}

/** Totals by name of the group. */
export type Sums = Map<string, Totals>;

/** Largest first; groups of equal size by number of files. */
export const largestFirst = (a: Group, b: Group): number =>
  b.bytes - a.bytes || b.files - a.files || (a.name < b.name ? -1 : 1);

/** By name in descending order: latest day first. */
export const latestFirst = (a: Group, b: Group): number => (a.name > b.name ? -1 : 1);

export const noTotals = (): Totals => ({ files: 0, bytes: 0 });

export function add(to: Totals, { files, bytes }: Totals): void {
  to.files += files;
  to.bytes += bytes;
}

/** Moves all but the first `limit` groups from `sums` to `others`. */
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
