import fs from "node:fs";
import path from "node:path";

import * as z from "zod";

import { writeAtomically } from "../../ground/atomic-file.ts";

const Stored = z.object({
  /** The request id, which is the same in all attempts. */
  id: z.string(),
  /** The function. */
  arn: z.string(),
  payload: z.string(),
  /** Milliseconds since the epoch. */
  since: z.number(),
  attempts: z.number(),
});
/** An asynchronous invocation that is not finished. */
export type AsyncInvocation = z.output<typeof Stored>;

/** The unfinished asynchronous invocations, one file each, so that a restart continues them. */
export class AsyncStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    fs.mkdirSync(folder, { recursive: true });
  }

  /** Writes an invocation, or its new number of attempts. */
  put(invocation: AsyncInvocation): void {
    writeAtomically(this.#file(invocation), JSON.stringify(invocation));
  }

  remove(invocation: AsyncInvocation): void {
    fs.rmSync(this.#file(invocation), { force: true });
  }

  /** Returns what an earlier process has not finished, oldest first. */
  all(): AsyncInvocation[] {
    return fs
      .readdirSync(this.#folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) =>
        Stored.parse(JSON.parse(fs.readFileSync(path.join(this.#folder, name), "utf8"))),
      )
      .toSorted((a, b) => a.since - b.since);
  }

  #file({ id }: AsyncInvocation): string {
    return path.join(this.#folder, `${id}.json`);
  }
}
