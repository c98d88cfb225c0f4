import fs from "node:fs";
import path from "node:path";

import * as z from "zod";

import { OfflineError } from "../ground/error.ts";

const Settings = z.strictObject({
  /** A command to print when the app is ready: how to see what became of a file. */
  hint: z.optional(z.string()),
  /** How to print a line of a function's log: see `logLine`. */
  line: z.optional(z.string()),
});
export type Settings = z.output<typeof Settings>;

const Manifest = z.looseObject({ offline: z.unknown() });

/**
 * Reads the key `offline` of the app's package.json. Returns no settings if there is no such file or key. Throws `OfflineError`
 * (`settings.invalid`) with the setting that is wrong.
 */
export function readSettings(root: string): Settings {
  const file = path.join(root, "package.json");
  if (!fs.existsSync(file)) return {};
  const manifest = Manifest.safeParse(jsonIn(file)).data;
  const settings = Settings.safeParse(manifest?.offline ?? {});
  if (settings.success) return settings.data;
  const problems = settings.error.issues.map(
    ({ path: at, message }) => `"${["offline", ...at].join(".")}": ${message}`,
  );
  throw new OfflineError(
    "settings.invalid",
    `${file} has settings that are not valid: ${problems.join("; ")}. "offline" takes "hint" and "line", which are strings.`,
    { cause: settings.error },
  );
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new OfflineError("settings.invalid", `${file} is not JSON: ${cause.message}`, { cause });
  }
}
