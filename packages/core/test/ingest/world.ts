import type { CatalogChange } from "../../src/catalog/change.ts";
import type { Ports } from "../../src/ingest/apply.ts";
import type { Reading, ReadRequest } from "../../src/object/reading.ts";
import { at, OBJECT } from "../catalog/changes.ts";

export const FOUND: Reading = { found: true, object: OBJECT };

/** Ports with prepared results that record their calls. */
export function world(
  answers: {
    readonly read?: (request: ReadRequest) => Promise<Reading> | Reading;
    readonly write?: (change: CatalogChange) => Promise<boolean> | boolean;
  } = {},
) {
  const reads: ReadRequest[] = [];
  const writes: CatalogChange[] = [];
  const ports: Ports = {
    readObject: async (request) => {
      reads.push(request);
      return answers.read ? answers.read(request) : FOUND;
    },
    writeChange: async (change) => {
      writes.push(change);
      return answers.write ? answers.write(change) : true;
    },
    now: () => new Date(at(1000)),
  };
  return { ports, reads, writes };
}
