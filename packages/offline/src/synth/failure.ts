import { inspect } from "node:util";

/**
 * Says what was thrown, in text that is never empty. Includes the errors of an `AggregateError`,
 * the causes of an error, and the `details` of a gRPC error.
 */
export function messageOf(thrown: unknown): string {
  return described(thrown, new Set()) || `something without a description: ${inspect(thrown)}`;
}

function described(thrown: unknown, seen: Set<unknown>): string {
  // Causes can be circular.
  if (seen.has(thrown)) return "";
  seen.add(thrown);
  if (!(thrown instanceof Error)) return describedValue(thrown);
  const own = [ownMessage(thrown)];
  const others = thrown instanceof AggregateError ? thrown.errors : [thrown.cause];
  const parts = others
    .filter((other) => other !== undefined)
    .map((other) => described(other, seen))
    .filter((part) => part !== "" && !own[0]?.includes(part));
  const text = [...own, parts.join("; ")].filter((part) => part !== "").join(": ");
  return text || `${thrown.name || "an error"} without a message`;
}

function describedValue(thrown: unknown): string {
  const { message } = { ...(thrown as { message?: unknown } | null | undefined) };
  if (typeof message === "string" && message.trim() !== "") return message;
  return `${inspect(thrown, { breakLength: Infinity, depth: 2 })} was thrown, which is not an error`;
}

function ownMessage(error: Error): string {
  const { details, code } = error as { details?: unknown; code?: unknown };
  const texts = [error.message, details].filter((text) => typeof text === "string");
  const text = texts.find((each) => each.trim() !== "");
  if (text !== undefined) return text;
  return typeof code === "string" || typeof code === "number" ? `${error.name} ${code}` : "";
}
