import fs from "node:fs";
import path from "node:path";

import * as z from "zod";

import { OfflineError } from "../ground/error.ts";

const Settings = z.strictObject({
  /** A command that shows the effect of a file. `offline dev` prints it when the app is ready. */
  hint: z.optional(z.string()),
  /** The format of log lines: the `template` of `logLine`. */
  line: z.optional(z.string()),
});
export type Settings = z.output<typeof Settings>;

const Manifest = z.looseObject({ offline: z.unknown() });

/**
 * Reads the key `offline` of the app's package.json. Returns no settings if the file or the key
 * does not exist. Throws `OfflineError` (`settings.invalid`), which names the invalid setting.
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
    `invalid settings in ${file}: ${problems.join("; ")}. "offline" takes "hint" and "line", both strings.`,
    { cause: settings.error },
  );
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new OfflineError("settings.invalid", `${file} is not valid JSON: ${cause.message}`, {
      cause,
    });
  }
}
