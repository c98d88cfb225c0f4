import type { CatalogChange } from "../catalog/change.ts";
import { ServiceError } from "../error.ts";
import type { ChangedEvent, SequencedEvent } from "../notification/event.ts";
import type { Reading, ReadRequest } from "../object/reading.ts";
import type { Outcome } from "./outcome.ts";

/** The side effects of the ingest rule. They throw if the request fails. */
export interface Ports {
  readonly readObject: (request: ReadRequest, signal: AbortSignal) => Promise<Reading>;
  /** Returns false if the stored record is newer. */
  readonly writeChange: (change: CatalogChange, signal: AbortSignal) => Promise<boolean>;
  readonly now: () => Date;
}

/** The ports for one event, bound to a signal and timed. */
interface Calls {
  readonly read: (request: ReadRequest) => Promise<Reading>;
  readonly write: (change: CatalogChange) => Promise<boolean>;
  readonly now: () => string;
}

const NOT_NEWER: Outcome = { outcome: "stale", reason: "not_newer" };

/** The record changed during the read, so the result may be too old: the object must be read again. */
type Overtaken = "overtaken";

/** Reads of the object for one event before the message fails and is retried. */
const MAX_READS = 3;

/**
 * Updates the record of one key for one event. Throws the errors of the ports and a `ServiceError` if the
 * record keeps changing; the event must be retried then, and may have been applied or not.
 */
export async function applyEvent(
  event: SequencedEvent | ChangedEvent,
  ports: Ports,
  signal: AbortSignal,
): Promise<Outcome> {
  let readMs = 0;
  let writeMs = 0;
  const outcome = await rule(event, {
    read: async (request) => {
      const start = performance.now();
      const reading = await ports.readObject(request, signal);
      readMs += performance.now() - start;
      return reading;
    },
    write: async (change) => {
      const start = performance.now();
      const written = await ports.writeChange(change, signal);
      writeMs += performance.now() - start;
      return written;
    },
    now: () => ports.now().toISOString(),
  });
  return { ...outcome, readMs: Math.round(readMs), writeMs: Math.round(writeMs) };
}

async function rule(event: SequencedEvent | ChangedEvent, calls: Calls): Promise<Outcome> {
  for (let reads = 0; reads < MAX_READS; reads++) {
    const outcome = await decide(event, calls);
    if (outcome !== "overtaken") return outcome;
  }
  const message = `The record kept changing during ${MAX_READS} reads; the message will be retried.`;
  throw new ServiceError("ingest.overtaken", message, { retry: true });
}

function decide(event: SequencedEvent | ChangedEvent, calls: Calls): Promise<Outcome | Overtaken> {
  if (event.kind === "changed") return applyRefresh(event, calls);
  return event.kind === "created" ? applyCreation(event, calls) : applyRemoval(event, calls);
}

async function applyCreation(event: SequencedEvent, calls: Calls): Promise<Outcome | Overtaken> {
  const askedAt = calls.now();
  const { bucket, key, versionId } = event;
  const reading = await calls.read({ bucket, key, versionId, expected: "present" });
  return put(event, askedAt, reading, calls);
}

/**
 * Records the current object after a removal. Removing a marker restores the object, and removing the
 * current version makes the previous one current; S3 sends no event for either (Amazon S3 User Guide,
 * "Managing delete markers").
 *
 * An event without a version id can also be about the version `null`. If versioning was suspended, its
 * removal can make an older version current.
 */
async function applyRemoval(event: SequencedEvent, calls: Calls): Promise<Outcome | Overtaken> {
  const askedAt = calls.now();
  const { bucket, key } = event;
  const expected = ofNamedVersion(event) ? "present" : "gone";
  const reading = await calls.read({ bucket, key, expected });
  if (reading.found || reading.reason === "customer_key") {
    return put(event, askedAt, reading, calls);
  }
  const tombstone = { kind: "tombstone", event, askedAt } as const;
  if (await calls.write({ ...tombstone, because: "newer" })) return { outcome: "removed" };
  if (event.kind !== "expired") return NOT_NEWER;
  if (await calls.write({ ...tombstone, because: "seen_gone" })) return { outcome: "removed" };
  // The record was written after the read began, possibly for an event that is older than the expiration.
  return "overtaken";
}

/** Whether a version or a marker was removed by its id; the object then usually still exists. */
function ofNamedVersion({ name, versionId }: SequencedEvent): boolean {
  return name === "ObjectRemoved:Delete" && versionId !== undefined && versionId !== "null";
}

async function put(
  event: SequencedEvent,
  askedAt: string,
  reading: Reading,
  calls: Calls,
): Promise<Outcome | Overtaken> {
  const content = reading.found
    ? ({ state: "present", object: reading.object } as const)
    : ({ state: "unreadable", reason: reading.reason } as const);
  const change = { event, askedAt, content };
  if (!(await calls.write({ kind: "put", ...change }))) {
    return (await calls.write({ kind: "overtaken", ...change })) ? "overtaken" : NOT_NEWER;
  }
  return reading.found ? { outcome: "indexed" } : { outcome: "unreadable", reason: reading.reason };
}

/**
 * Reads the current version, for an event about any version. The record is updated if it has that version
 * and created if it does not exist.
 */
async function applyRefresh(event: ChangedEvent, calls: Calls): Promise<Outcome> {
  const askedAt = calls.now();
  const { bucket, key } = event;
  const reading = await calls.read({ bucket, key, expected: "present" });
  if (!reading.found) return { outcome: "stale", reason: reading.reason };
  const { object } = reading;
  const refresh = { kind: "refresh", event, askedAt, object } as const;
  if (await calls.write(refresh)) return { outcome: "refreshed" };
  if (await calls.write({ kind: "adopt", event, askedAt, object })) return { outcome: "indexed" };
  // The record has another version, or was just written with a description from before the change.
  await calls.write({ kind: "barrier", event, askedAt });
  if (await calls.write(refresh)) return { outcome: "refreshed" };
  return { outcome: "stale", reason: "other_version" };
}
