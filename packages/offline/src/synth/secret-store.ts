import fs from "node:fs";
import path from "node:path";

import * as z from "zod";

import { writeAtomically } from "../ground/atomic-file.ts";
import { OfflineError } from "../ground/error.ts";

const Values = z.record(z.string(), z.string());
const Store = z.object({
  /** The values of all stages that have no own one. */
  fallback: Values,
  stages: z.record(z.string(), Values),
});
type Store = z.output<typeof Store>;

/**
 * The file with the secrets of all stages, relative to the root. It is not in the folder of a
 * stage, because `sst remove` keeps the secrets of a stage, too.
 */
export const SECRETS_FILE = path.join(".offline", "secrets.json");

/** Whose secrets to read or change. Without a stage, those of all stages. */
export interface Scope {
  root: string;
  stage: string | undefined;
}

/** Returns the values that a stage has, by the name of the secret. */
export function secretsOf(root: string, stage: string): Record<string, string> {
  const { fallback, stages } = read(root);
  return { ...fallback, ...stages[stage] };
}

/** Returns the secrets of exactly this scope. */
export function secretsIn({ root, stage }: Scope): Record<string, string> {
  const store = read(root);
  return (stage === undefined ? store.fallback : store.stages[stage]) ?? {};
}

/** Throws `OfflineError` (`secret.invalid_name`) for a name that SST rejects. */
export function setSecret(scope: Scope, name: string, value: string): void {
  if (!/^[A-Z][a-zA-Z0-9]*$/.test(name)) {
    throw new OfflineError(
      "secret.invalid_name",
      `"${name}" is not a valid name of a secret: use letters and digits, and begin with an uppercase letter.`,
    );
  }
  change(scope, { ...secretsIn(scope), [name]: value });
}

/** Returns false if the scope has no such secret. */
export function removeSecret(scope: Scope, name: string): boolean {
  const { [name]: removed, ...rest } = secretsIn(scope);
  if (removed === undefined) return false;
  change(scope, rest);
  return true;
}

function change({ root, stage }: Scope, values: Record<string, string>): void {
  const store = read(root);
  const changed: Store =
    stage === undefined
      ? { ...store, fallback: values }
      : { ...store, stages: { ...store.stages, [stage]: values } };
  writeAtomically(path.join(root, SECRETS_FILE), JSON.stringify(changed, null, 2));
}

function read(root: string): Store {
  const file = path.join(root, SECRETS_FILE);
  if (!fs.existsSync(file)) return { fallback: {}, stages: {} };
  try {
    return Store.parse(JSON.parse(fs.readFileSync(file, "utf8")));
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw cause;
    // The cause is not shown: it could quote a secret.
    throw new OfflineError(
      "secret.invalid_file",
      `${file} is not valid. Delete it, and set the secrets again.`,
    );
  }
}
