import { text } from "node:stream/consumers";

import { OfflineError } from "../ground/error.ts";
import { checkStage, runningStack } from "../stack/stage-files.ts";
import { removeSecret, type Scope, secretsIn, setSecret } from "../synth/secret-store.ts";

export interface SecretOptions {
  root: string;
  stage: string;
  /** Whether the command is about the values of stages without an own one. */
  fallback: boolean;
}

/** Sets a secret. Without `value`, it is the text of standard input. */
export async function secretSet(
  options: SecretOptions,
  name: string,
  value: string | undefined,
): Promise<void> {
  const scope = scopeOf(options);
  if (value === undefined && process.stdin.isTTY) {
    process.stderr.write(`Type the value of ${name}, then Return and Ctrl-D:\n`);
  }
  setSecret(scope, name, value ?? (await text(process.stdin)).replace(/\r?\n$/, ""));
  process.stdout.write(`Set ${name} for ${titleOf(scope)}.${await restartOf(options)}\n`);
}

/** Prints the names of secrets, not their values. */
export function secretList(options: SecretOptions): void {
  const scope = scopeOf(options);
  const names = Object.keys(secretsIn(scope)).toSorted();
  const lines = names.length === 0 ? [`No secrets for ${titleOf(scope)}.`] : names;
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Throws `OfflineError` (`secret.unknown`) if the secret has no value. */
export async function secretRemove(options: SecretOptions, name: string): Promise<void> {
  const scope = scopeOf(options);
  if (!removeSecret(scope, name)) {
    throw new OfflineError("secret.unknown", `${name} has no value for ${titleOf(scope)}.`);
  }
  process.stdout.write(`Removed ${name} for ${titleOf(scope)}.${await restartOf(options)}\n`);
}

function scopeOf({ root, stage, fallback }: SecretOptions): Scope {
  checkStage(stage);
  return { root, stage: fallback ? undefined : stage };
}

const titleOf = ({ stage }: Scope) =>
  stage === undefined ? "all stages without an own value" : `stage "${stage}"`;

async function restartOf({ root, stage }: SecretOptions): Promise<string> {
  return (await runningStack(root, stage)) ? " The running app restarts." : "";
}
