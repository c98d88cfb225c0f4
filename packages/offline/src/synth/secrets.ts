import type { Value } from "./graph.ts";

// Pulumi marks a wrapped value with the first key, and a secret with the second value
// ("specialSigKey" and "specialSecretSig" in runtime/rpc.ts of its Node.js SDK).
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Replaces the secrets in a value by what they contain. A mock receives them in wrappers. */
export function unwrapSecrets<T extends Value>(value: T): T {
  return unwrapped(value) as T;
}

function unwrapped(value: Value): Value {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (value === null || typeof value !== "object") return value;
  if (value[SIGNATURE] === SECRET) return unwrapped(value["value"]);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, unwrapped(entry)]));
}
