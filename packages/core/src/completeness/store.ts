import { readPassItem, writePassItem } from "../catalog/pass-items.ts";
import { newReads, type Reads } from "../catalog/reads.ts";
import { ServiceError } from "../error.ts";
import { Completeness, type EndedPass, NOTHING_KNOWN, withPass } from "./document.ts";

const ITEM = "completeness";

/** Writes before it fails: passes of other processes can end at the same time. */
const MAX_WRITES = 10;

/** What is known about the completeness of the catalog. Throws a `ServiceError` (`catalog.read_failed`). */
export async function readCompleteness(reads: Reads = newReads()): Promise<Completeness> {
  const { value } = await readPassItem(ITEM, reads, { consistent: false });
  return parse(value);
}

/**
 * Records a pass that has ended. Throws a `ServiceError`: `catalog.read_failed`, or
 * `reconcile.not_recorded`.
 */
export async function recordPass(pass: EndedPass): Promise<void> {
  for (let writes = 0; writes < MAX_WRITES; writes++) {
    const { value, rev } = await readPassItem(ITEM);
    const known = parse(value);
    const next = withPass(known, pass);
    if (next === known || (await writePassItem(ITEM, next, rev))) return;
  }
  throw new ServiceError(
    "reconcile.not_recorded",
    `What is known about passes changed before each of ${MAX_WRITES} writes.`,
    { retry: true },
  );
}

const parse = (value: unknown): Completeness =>
  value === undefined ? NOTHING_KNOWN : Completeness.parse(value);
