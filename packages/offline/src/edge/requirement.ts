import type { ContextValue } from "@waybill/iam";

/** One permission that a call needs. A call is allowed only if all of its requirements are met. */
export interface Requirement {
  action: string;
  /** An ARN, or "*" for an action that has no resource. */
  resource: string;
  context: Record<string, ContextValue>;
}

/** The region and the account of the called service. */
export interface Place {
  region: string;
  accountId: string;
}

/** The permissions that a call needs, or why they cannot be derived. The call is denied then. */
export type Derivation = { ok: true; requirements: Requirement[] } | { ok: false; problem: string };
