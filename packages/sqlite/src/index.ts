export { StoreError } from "./error.ts";
export * from "./row.ts";
export { Sqlite, type SqliteOptions } from "./sqlite.ts";
