import { isDeepStrictEqual } from "node:util";

import type { Inputs, Value } from "../synth/graph.ts";

// Pulumi marks values that JSON does not have with the first key, and their kind with its value
// (`specialSigKey` and the signatures in runtime/rpc.ts and asset/*.ts of its Node.js SDK).
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";

/** Wraps a value that must not be shown or stored as plain text. */
export const secret = (value: Value): Inputs => ({ [SIGNATURE]: SECRET, value });

const isMap = (value: Value): value is Inputs =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isMarked = (value: Value, kind: string): value is Inputs =>
  isMap(value) && value[SIGNATURE] === kind;

export const isSecret = (value: Value): boolean => isMarked(value, SECRET);

/** Replaces each marked value that `replace` knows, at any depth. */
export function mapMarked(value: Value, replace: (marked: Inputs) => Value | undefined): Value {
  if (Array.isArray(value)) return value.map((entry) => mapMarked(entry, replace));
  if (!isMap(value)) return value;
  if (SIGNATURE in value) {
    const replaced = replace(value);
    if (replaced !== undefined) return replaced;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, mapMarked(entry, replace)]),
  );
}

/** Replaces secrets by what they contain, and references to resources by their ids. */
export function plain(value: Inputs): Inputs {
  const replace = (marked: Inputs): Value | undefined => {
    if (marked[SIGNATURE] === SECRET) return mapMarked(marked["value"], replace);
    if (marked[SIGNATURE] === RESOURCE) return marked["id"] ?? marked["urn"];
    return undefined;
  };
  return mapMarked(value, replace) as Inputs;
}

/** Replaces secrets by a placeholder, for events, which are logged. */
export const redacted = (value: Inputs): Inputs =>
  mapMarked(value, (marked) => (marked[SIGNATURE] === SECRET ? "[secret]" : undefined)) as Inputs;

const hasSecret = (value: Value): boolean => {
  let found = false;
  mapMarked(value, (marked) => {
    found ||= marked[SIGNATURE] === SECRET;
    return undefined;
  });
  return found;
};

/**
 * Returns outputs in which a property is secret if it repeats an input that is, or if its name is
 * in `additional`.
 */
export function withSecretsOf(
  outputs: Inputs,
  inputs: Inputs,
  additional: readonly string[],
): Inputs {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => {
      const input = inputs[name];
      if (additional.includes(name)) return [name, isSecret(value) ? value : secret(value)];
      return [name, hasSecret(input) ? input : value];
    }),
  );
}

/** Returns the path of a file or folder that an input refers to, or undefined. */
export function assetPath(value: Value): { path: string; kind: "asset" | "archive" } | undefined {
  for (const [kind, signature] of [
    ["asset", ASSET],
    ["archive", ARCHIVE],
  ] as const) {
    if (!isMarked(value, signature)) continue;
    return typeof value["path"] === "string" ? { path: value["path"], kind } : undefined;
  }
  return undefined;
}

/** Returns the text of a text asset, or undefined. */
export const assetText = (value: Value): string | undefined =>
  isMarked(value, ASSET) && typeof value["text"] === "string" ? value["text"] : undefined;

/** Returns the names of the inputs that differ. */
export function changedInputs(before: Inputs, after: Inputs): string[] {
  const a = plain(before);
  const b = plain(after);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => !isDeepStrictEqual(a[name] ?? null, b[name] ?? null))
    .toSorted();
}

/**
 * Returns the new inputs with the old value of each ignored property: the option `ignoreChanges`,
 * whose paths are names with dots between them. `*` ignores all changes. Throws an error for paths
 * with an index, which SST does not use.
 */
export function ignoringChanges(
  inputs: Inputs,
  before: Inputs,
  ignored: readonly string[],
): Inputs {
  if (ignored.includes("*")) return before;
  return ignored.reduce((result, path) => {
    if (path.includes("[")) throw new Error(`offline does not support ignoreChanges: ["${path}"]`);
    return withOld(result, before, path.split("."));
  }, inputs);
}

function withOld(inputs: Inputs, before: Inputs, [name = "", ...rest]: string[]): Inputs {
  const { [name]: now, ...others } = inputs;
  const old = before[name];
  if (rest.length > 0 && isMap(now) && isMap(old)) {
    return { ...others, [name]: withOld(now, old, rest) };
  }
  return old === undefined ? others : { ...others, [name]: old };
}

/** The text of a property, or an empty text if it is none. */
export const textOf = (value: Value): string => (typeof value === "string" ? value : "");
