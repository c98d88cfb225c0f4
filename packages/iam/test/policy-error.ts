import type { PolicyKind } from "../src/document.ts";
import { PolicyError } from "../src/error.ts";
import { parsePolicy } from "../src/policy.ts";
import { complete } from "./factories.ts";

/** Returns the code and path of the error in a policy of one statement. */
export function faultOf(statement: Record<string, unknown>, kind: PolicyKind = "identity"): string {
  return faultIn({ Version: "2012-10-17", Statement: [complete(kind, statement)] }, kind);
}

/** Returns the code and path of the error in a policy. */
export function faultIn(source: unknown, kind: PolicyKind = "identity"): string {
  try {
    parsePolicy(source, kind);
    return "none";
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return `${error.code} ${error.where}`.trim();
  }
}
