import { setTimeout as wait } from "node:timers/promises";

import { s3 } from "../aws/s3.ts";
import { recordKey } from "../catalog/keys.ts";
import { readItem } from "../catalog/reads.ts";
import { parseStored } from "../catalog/stored.ts";
import { writeRecord, type WriteResult } from "../catalog/write.ts";
import type { RecordWrite } from "../catalog/record-write.ts";
import { countOf, type EndedPass } from "../completeness/document.ts";
import type { Ports } from "../ingest/apply.ts";
import { newRev } from "../ingest/rev.ts";
import { readObject } from "../object/read.ts";
import { filesBucket, recordsTags } from "../resource.ts";
import { listObjects } from "./listing.ts";
import { type Finding, newPassState, type PassState, runPass } from "./pass.ts";
import type { KeyRange } from "./range.ts";
import { listRecords } from "./recorded.ts";
import { resolve } from "./resolve.ts";
import { retrying } from "./retry.ts";
import { newUsage, type Usage } from "./usage.ts";

/** A pass over a range of keys, while it runs and afterwards. */
export interface Pass {
  readonly state: PassState;
  readonly usage: Usage;
  /** Ends when the pass does; rejects as `runPass` throws. */
  readonly done: Promise<void>;
}

export interface PassOptions {
  /** Whether to make the records equal; otherwise nothing is written. */
  readonly repair: boolean;
  readonly report: (finding: Finding) => void;
  readonly signal: AbortSignal;
}

/**
 * Starts to compare the bucket with the catalog in a range of keys. Each difference is read again: it is
 * repaired by the ingest rule, or only confirmed. Memory is constant; a pass can be aborted at any time.
 */
export function startPass(range: KeyRange, { repair, report, signal }: PassOptions): Pass {
  const usage = newUsage();
  const state = newPassState(range.after);
  const ports: Ports = {
    newRev,
    readObject: (request, abort) =>
      readObject(request, { tags: recordsTags(), onRequest: () => (usage.reads += 1) }, abort),
    writeRecord: repair
      ? (write, abort) => countedWrite(write, usage, abort)
      : (write) => wouldWrite(write, usage),
  };
  const run = async () => {
    const place = { bucket: filesBucket(), region: await s3.config.region() };
    await runPass(
      {
        listing: listObjects(range, usage, signal, (time) => (state.asOf = time.toISOString())),
        catalog: listRecords(range, usage, signal),
        resolve: (difference) => retrying(() => resolve(difference, place, ports, signal), signal),
        wait: async (milliseconds) => {
          await wait(milliseconds, undefined, { signal });
        },
      },
      state,
      report,
      signal,
    );
  };
  return { state, usage, done: run() };
}

/** What is recorded of a pass that has ended; undefined if the bucket was not listed. */
export function endedPass(
  { prefix, after = "" }: KeyRange,
  { state }: Pass,
  { repair, isComplete }: { readonly repair: boolean; readonly isComplete: boolean },
): EndedPass | undefined {
  const { asOf, objects, found, failed, settledTo } = state;
  if (asOf === undefined) return undefined;
  return {
    prefix,
    after,
    asOf,
    endedAt: new Date().toISOString(),
    objects,
    found,
    to: isComplete ? undefined : settledTo,
    isEqual: failed === 0 && (repair || countOf(found) === 0),
  };
}

async function countedWrite(
  write: RecordWrite,
  usage: Usage,
  signal: AbortSignal,
): Promise<WriteResult> {
  usage.writes += 1;
  const result = await writeRecord(write, signal);
  if (result.written) usage.writeUnits += result.units ?? 0;
  return result;
}

/** The result that a write would have, by the record as it is stored now. */
async function wouldWrite({ bucket, key, guard }: RecordWrite, usage: Usage): Promise<WriteResult> {
  const item = await readItem(recordKey(bucket, key), usage.catalog);
  const stored = item && parseStored(item);
  const isUnchanged =
    guard.kind === "unchanged"
      ? stored?.rev === guard.stored.rev && stored?.storedSequencer === guard.stored.storedSequencer
      : stored === undefined;
  return isUnchanged ? { written: true } : { written: false, stored };
}
