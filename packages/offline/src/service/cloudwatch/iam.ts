import type { Derivation } from "../../edge/requirement.ts";

/** Returns the permission that a call needs. Metrics have no ARNs. */
export const cloudwatchNeeds = (operation: string): Derivation => ({
  ok: true,
  requirements: [{ action: `cloudwatch:${operation}`, resource: "*", context: {} }],
});
