export { compareBytes } from "./byte-order.ts";
export { duplicates, type DuplicatesPage } from "./duplicates.ts";
export {
  find,
  type FindCursor,
  type Finding,
  type FindOptions,
  type FindPage,
  findPage,
} from "./find.ts";
export { get } from "./get.ts";
export { list, type Listing, type ListOptions } from "./list.ts";
export { newReads, type Reads } from "./reads.ts";
export { recent, type RecentPage } from "./recent.ts";
export type { FileRecord } from "./record.ts";
export { stats, type Stats } from "./stats.ts";
