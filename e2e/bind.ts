import { inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** The bindings that `sst shell` would set. Empty if `sst shell` runs the suite. */
    bindings: Readonly<Record<string, string>>;
  }
}

// In each worker process: the projects run in parallel, each with its own stack.
Object.assign(process.env, inject("bindings"));
