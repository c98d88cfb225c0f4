import type { S3Access } from "../src/index.ts";
import type { Running } from "./harness.ts";

/** One permission that the server has checked. */
export interface Check {
  action: string;
  resource: string;
  context: Record<string, string>;
}

/**
 * Denies one action, allows all others, and returns the list of checks, which grows with each
 * request.
 */
export function recordChecks(running: Running, denied?: string): Check[] {
  const checks: Check[] = [];
  const allows: S3Access["allows"] = (action, resource, context = {}) => {
    checks.push({ action, resource, context });
    return action !== denied;
  };
  running.access = { allows, maySee: allows };
  return checks;
}
