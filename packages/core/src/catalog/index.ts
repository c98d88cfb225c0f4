export { get } from "./get.ts";
export { list, type Listing, type ListOptions } from "./list.ts";
export type { FileRecord } from "./record.ts";
