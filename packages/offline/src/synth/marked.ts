import type { Inputs, Value } from "./graph.ts";

// Pulumi marks values that JSON does not have with the first key, and their kind with its value
// (`specialSigKey` and the signatures in runtime/rpc.ts and asset/*.ts of its Node.js SDK).
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const KINDS = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
};

export const isMap = (value: Value): value is Inputs =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether Pulumi has marked a value as one of this kind. */
export const isMarked = (value: Value, kind: keyof typeof KINDS): value is Inputs =>
  isMap(value) && value[SIGNATURE] === KINDS[kind];

/** Wraps a value that must not be shown or stored as plain text. */
export const secret = (value: Value): Inputs => ({ [SIGNATURE]: KINDS.secret, value });

/** Replaces each marked value for which `replace` returns another one, at any depth. */
export function mapMarked(value: Value, replace: (marked: Inputs) => Value | undefined): Value {
  if (Array.isArray(value)) return value.map((entry) => mapMarked(entry, replace));
  if (!isMap(value)) return value;
  const replaced = SIGNATURE in value ? replace(value) : undefined;
  if (replaced !== undefined) return replaced;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, mapMarked(entry, replace)]),
  );
}

/** Replaces the secrets in a value by what they contain. */
export function unwrapSecrets<T extends Value>(value: T): T {
  const unwrap = (marked: Inputs): Value | undefined =>
    isMarked(marked, "secret") ? mapMarked(marked["value"] ?? null, unwrap) : undefined;
  return mapMarked(value, unwrap) as T;
}
