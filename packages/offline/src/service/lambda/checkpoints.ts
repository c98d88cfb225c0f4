import fs from "node:fs";
import path from "node:path";

import * as z from "zod";

import { writeAtomically } from "../../ground/atomic-file.ts";

/**
 * How far a mapping has processed a stream: the sequence number of the last record in each lane, or null
 * before the first record.
 */
const Checkpoint = z.object({ streamArn: z.string(), lanes: z.array(z.nullable(z.string())) });
type Checkpoint = z.output<typeof Checkpoint>;

/** The checkpoints of mappings, each in a file, which keep them through a restart. */
export class Checkpoints {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns undefined for a mapping that is new, or new for this stream. */
  read(mapping: string, streamArn: string): (string | null)[] | undefined {
    const file = this.#fileOf(mapping);
    if (!fs.existsSync(file)) return undefined;
    const stored = Checkpoint.parse(JSON.parse(fs.readFileSync(file, "utf8")));
    return stored.streamArn === streamArn ? stored.lanes : undefined;
  }

  write(mapping: string, streamArn: string, lanes: readonly (string | null)[]): void {
    const checkpoint: Checkpoint = { streamArn, lanes: [...lanes] };
    writeAtomically(this.#fileOf(mapping), JSON.stringify(checkpoint));
  }

  /** Removes the checkpoints of other mappings: one that is added again is a new one. */
  keepOnly(mappings: readonly string[]): void {
    if (!fs.existsSync(this.#folder)) return;
    const kept = new Set(mappings.map((mapping) => path.basename(this.#fileOf(mapping))));
    for (const file of fs.readdirSync(this.#folder)) {
      if (!kept.has(file)) fs.rmSync(path.join(this.#folder, file));
    }
  }

  #fileOf(mapping: string): string {
    return path.join(this.#folder, `${encodeURIComponent(mapping)}.json`);
  }
}
