import fs from "node:fs";
import path from "node:path";

/**
 * Writes a file that only the current user can read, and creates its folder. Replaces the whole
 * file, so that no reader sees a part of it, also after `kill -9`.
 */
export function writeAtomically(file: string, contents: string, mode = 0o600): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  // A file that a killed process has left could have another mode.
  fs.rmSync(`${file}.new`, { force: true });
  fs.writeFileSync(`${file}.new`, contents, { mode });
  fs.renameSync(`${file}.new`, file);
}
