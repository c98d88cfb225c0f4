import type { RecordWrite } from "../catalog/record-write.ts";
import type { WriteResult } from "../catalog/write.ts";
import { ServiceError } from "../error.ts";
import type { ObjectChange } from "../notification/event.ts";
import type { Reading, ReadRequest } from "../object/reading.ts";
import type { Outcome } from "./outcome.ts";
import { covers, decide, type Events, isReadBefore } from "./rule.ts";
import { isSequenced } from "./trigger.ts";

/** The side effects of the ingest rule. They throw if the request fails. */
export interface Ports {
  readonly readObject: (request: ReadRequest, signal: AbortSignal) => Promise<Reading>;
  readonly writeRecord: (write: RecordWrite, signal: AbortSignal) => Promise<WriteResult>;
  /** A new random value for each write. */
  readonly newRev: () => string;
}

/** The ports for the events of one key, bound to a signal and timed. */
interface Calls {
  readonly read: () => Promise<Reading>;
  readonly write: (write: RecordWrite) => Promise<WriteResult>;
  readonly newRev: () => string;
}

/** Writes for the events of one key before their messages fail and are retried. */
const MAX_WRITES = 6;

/**
 * Makes the record of one key the latest read of its object, for some events of that key. The record then
 * covers these events. Throws the errors of the ports and a `ServiceError` if the record keeps changing;
 * the events must be retried then, and may have been applied or not.
 *
 * Each write is based on a later read than the write before it, so after the last event of a key its
 * record is what S3 says, in any order of events and with any number of functions (see
 * docs/architecture.md, "The ingest rule").
 */
export async function applyEvents(
  events: Events,
  ports: Ports,
  signal: AbortSignal,
): Promise<Outcome> {
  let readMs = 0;
  let writeMs = 0;
  let clockSkew = false;
  const [{ bucket, key }] = events;
  const expected = expectedAfter(events);
  const outcome = await rule(events, {
    read: async () => {
      const start = performance.now();
      const reading = await ports.readObject({ bucket, key, expected }, signal);
      readMs += performance.now() - start;
      clockSkew ||= reading.clockSkew;
      return reading;
    },
    write: async (write) => {
      const start = performance.now();
      const result = await ports.writeRecord(write, signal);
      writeMs += performance.now() - start;
      return result;
    },
    newRev: ports.newRev,
  });
  return { ...outcome, clockSkew, readMs: Math.round(readMs), writeMs: Math.round(writeMs) };
}

async function rule(events: Events, { read, write, newRev }: Calls): Promise<Outcome> {
  let reading = await read();
  let decision = decide(events, reading);
  for (let writes = 0; writes < MAX_WRITES; writes++) {
    if (decision.write === undefined) return { outcome: "stale", reason: decision.reason };
    const rev = newRev();
    const result = await write({ ...decision.write, rev });
    // The record with our own `rev`: this write succeeded, only its answer was lost, and the SDK retried it.
    if (result.written || result.stored?.rev === rev) return written(events, decision.write);
    const { stored } = result;
    if (stored && covers(stored, events)) return { outcome: "stale", reason: "covered" };
    if (!stored || !isReadBefore(stored, reading)) reading = await read();
    decision = decide(events, reading, stored);
  }
  const message = `The record changed before each of ${MAX_WRITES} writes; the message will be retried.`;
  throw new ServiceError("ingest.contended", message, { retry: true });
}

function written(events: Events, { content }: Omit<RecordWrite, "rev">): Outcome {
  if (content.state === "deleted") return { outcome: "removed" };
  if (content.state === "unreadable") return { outcome: "unreadable", reason: content.reason };
  return { outcome: events.every(({ kind }) => kind === "changed") ? "refreshed" : "indexed" };
}

/**
 * The more likely state of an object after these events. Where a version is removed by its id, another
 * one mostly remains; an event without an id can also be about the version `null`.
 */
function expectedAfter(events: Events): ReadRequest["expected"] {
  const [first, ...others] = events.filter(isSequenced);
  if (first === undefined) return "present";
  const last = others.reduce((a, b) => (b.sequencer > a.sequencer ? b : a), first);
  return last.kind === "created" || ofNamedVersion(last) ? "present" : "gone";
}

function ofNamedVersion({ name, versionId }: ObjectChange): boolean {
  return name.endsWith(":Delete") && versionId !== undefined && versionId !== "null";
}
