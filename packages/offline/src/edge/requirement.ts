import type { ContextValue } from "@waybill/iam";

/** One thing that a call does: it is allowed only if all of them are. */
export interface Requirement {
  action: string;
  /** An ARN, or "*" where the action concerns no one resource. */
  resource: string;
  context: Record<string, ContextValue>;
}

/** The region and account of the service that is called. */
export interface Place {
  region: string;
  accountId: string;
}

export type Derivation = { ok: true; requirements: Requirement[] } | { ok: false; problem: string };
