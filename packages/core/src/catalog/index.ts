export { duplicates, type DuplicatesPage } from "./duplicates.ts";
export { find, type FindCursor, type FindPage, findPage } from "./find.ts";
export { get } from "./get.ts";
export { list, type ListPage } from "./list.ts";
export { newReads, type Reads } from "./reads.ts";
export { recent, type RecentPage } from "./recent.ts";
export type { FileRecord } from "./record.ts";
export { stats, type Stats } from "./stats.ts";
