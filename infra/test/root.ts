import path from "node:path";

/** The folder of sst.config.ts. */
export const root = path.resolve(import.meta.dirname, "../..");
