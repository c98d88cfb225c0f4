import { inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** What `sst shell` would set, for the stack of the project; empty where `sst shell` has set it. */
    bindings: Readonly<Record<string, string>>;
  }
}

// Set up in each test's own process: projects run side by side, each with a stack of its own.
Object.assign(process.env, inject("bindings"));
