import fs from "node:fs";
import path from "node:path";

import type * as z from "zod";

import { OfflineError } from "./error.ts";

/**
 * A small JSON file that only the current user can read. A write replaces the whole file, so that
 * it is never seen half-written.
 */
export class JsonFile<S extends z.ZodType> {
  readonly file: string;
  readonly #schema: S;

  constructor(file: string, schema: S) {
    this.file = file;
    this.#schema = schema;
  }

  /**
   * Returns undefined if the file does not exist. Throws `OfflineError` (`file.damaged`) if it has
   * something else than this program writes.
   */
  read(): z.output<S> | undefined {
    let text: string;
    try {
      text = fs.readFileSync(this.file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    try {
      return this.#schema.parse(JSON.parse(text));
    } catch (cause) {
      throw new OfflineError(
        "file.damaged",
        `${this.file} is damaged. Restore it from a backup, or remove the stage to start anew.`,
        { cause },
      );
    }
  }

  write(value: z.input<S>): void {
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    fs.writeFileSync(`${this.file}.new`, JSON.stringify(value, null, 2), { mode: 0o600 });
    fs.renameSync(`${this.file}.new`, this.file);
  }
}
