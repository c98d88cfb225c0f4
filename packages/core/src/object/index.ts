export type { ObjectDescription } from "./description.ts";
export { type Reading, readObject, type ReadRequest } from "./read.ts";
