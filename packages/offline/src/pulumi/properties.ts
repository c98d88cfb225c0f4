import { isDeepStrictEqual } from "node:util";

import type { Inputs, Value } from "../synth/graph.ts";
import { isMap, isMarked, mapMarked, secret, unwrapSecrets } from "../synth/marked.ts";

/** Replaces secrets by what they contain, and references to resources by their ids. */
export const plain = (value: Inputs): Inputs =>
  mapMarked(unwrapSecrets(value), (marked) =>
    isMarked(marked, "resource") ? (marked["id"] ?? marked["urn"]) : undefined,
  ) as Inputs;

/** Replaces secrets by a placeholder, for events, which are logged. */
export const redacted = (value: Inputs): Inputs =>
  mapMarked(value, (marked) => (isMarked(marked, "secret") ? "[secret]" : undefined)) as Inputs;

const hasSecret = (value: Value): boolean => {
  let found = false;
  mapMarked(value, (marked) => {
    found ||= isMarked(marked, "secret");
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
      if (additional.includes(name))
        return [name, isMarked(value, "secret") ? value : secret(value)];
      return [name, hasSecret(input) ? input : value];
    }),
  );
}

/** Returns the path of a file or folder that an input refers to, or undefined. */
export const assetPath = (value: Value): string | undefined =>
  (isMarked(value, "asset") || isMarked(value, "archive")) && typeof value["path"] === "string"
    ? value["path"]
    : undefined;

/** Returns the text of a text asset, or undefined. */
export const assetText = (value: Value): string | undefined =>
  isMarked(value, "asset") && typeof value["text"] === "string" ? value["text"] : undefined;

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
