import fs from "node:fs";

import type * as z from "zod";

import { writeAtomically } from "./atomic-file.ts";
import { OfflineError } from "./error.ts";

/** A small JSON file that only the current user can read. */
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
        `${this.file} is damaged. Restore it from a backup, or remove the stage and start again.`,
        { cause },
      );
    }
  }

  write(value: z.input<S>): void {
    writeAtomically(this.file, JSON.stringify(value, null, 2));
  }
}
