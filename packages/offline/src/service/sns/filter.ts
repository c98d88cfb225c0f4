import { compilePattern, PatternError } from "../events/pattern.ts";
import type { MessageAttributes } from "./message.ts";
import { invalid } from "./error.ts";

/** Whether a subscription receives a message. */
export type Filter = (message: string, attributes: MessageAttributes) => boolean;

/**
 * Compiles a filter policy (Amazon SNS Developer Guide, "Amazon SNS message filtering"). It has the
 * operators of EventBridge. The differences: an empty policy accepts every message, a policy for
 * attributes has no nested members, and a body that is not a JSON object is not accepted. Throws an
 * `SnsError` for a policy that SNS rejects.
 */
export function compileFilter(policy: string | undefined, scope: string | undefined): Filter {
  if (scope !== undefined && scope !== "MessageAttributes" && scope !== "MessageBody") {
    throw invalid("FilterPolicyScope: must be MessageAttributes or MessageBody");
  }
  const parsed = policy === undefined ? {} : parse(policy);
  if (Object.keys(parsed).length === 0) return () => true;
  if (scope !== "MessageBody") checkFlat(parsed);
  const matches = compile(parsed);
  return scope === "MessageBody"
    ? (message) => matches(jsonOf(message))
    : (_, attributes) => matches(valuesOf(attributes));
}

function parse(policy: string): Record<string, unknown> {
  const value = jsonOf(policy);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw invalid("FilterPolicy: failed to parse JSON, which must be an object");
}

function checkFlat(policy: Record<string, unknown>): void {
  for (const [name, wanted] of Object.entries(policy)) {
    if (!Array.isArray(wanted)) {
      throw invalid(
        `FilterPolicy: "${name}" must be an array, since its scope is MessageAttributes`,
      );
    }
  }
}

function compile(policy: unknown) {
  try {
    return compilePattern(policy);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw invalid(`FilterPolicy: ${error.message}`);
  }
}

/** A String.Array stands for its elements. Binary attributes are ignored. */
function valuesOf(attributes: MessageAttributes): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { DataType, StringValue = "" }]) => {
      if (DataType.startsWith("Binary")) return [];
      if (DataType.startsWith("Number")) return [[name, Number(StringValue)]];
      return [[name, DataType === "String.Array" ? jsonOf(StringValue) : StringValue]];
    }),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
