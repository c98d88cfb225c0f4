import type { Derivation } from "../../edge/requirement.ts";

/** What a call needs: metrics have no ARNs. */
export const cloudwatchNeeds = (operation: string): Derivation => ({
  ok: true,
  requirements: [{ action: `cloudwatch:${operation}`, resource: "*", context: {} }],
});
