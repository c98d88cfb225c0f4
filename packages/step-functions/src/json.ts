/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export type JsonObject = Record<string, Json>;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns the size of a value as JSON in UTF-8, which Step Functions limits. */
export const byteLength = (value: Json): number => Buffer.byteLength(JSON.stringify(value));

/** Names the type of a value as Step Functions does in its messages. */
export function typeName(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
