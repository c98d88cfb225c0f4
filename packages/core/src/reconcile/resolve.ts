import { ServiceError } from "../error.ts";
import type { Ports } from "../ingest/apply.ts";
import { decide } from "../ingest/rule.ts";
import type { ObjectChange } from "../notification/event.ts";
import { changeOf, type Difference, type DifferenceKind } from "./difference.ts";

/** Writes of one key before it fails; another pass, or an event, resolves it. */
const MAX_WRITES = 6;

/** The name of the event in a record that was made by a comparison. */
const EVENT_NAME = "Waybill:Reconcile";

/** Where the bucket is. */
export interface Place {
  readonly bucket: string;
  readonly region: string;
}

/**
 * Resolves a difference by the ingest rule: the object is read, and the record becomes what S3 says.
 * Returns what the difference turned out to be; undefined if the record is already what S3 says, because
 * it changed since the comparison, or because S3 still does not describe the object.
 *
 * The record that was compared was stored before this read, so it is based on an earlier one: the write
 * needs only that it is unchanged, whatever the clocks say. If it has changed, the object is read again.
 * The caller of S3 may list the bucket, so a missing object is 404 and a 403 says only that this caller
 * may not read the object.
 *
 * Throws a `ServiceError`: `reconcile.forbidden`, `reconcile.contended`, or those of the ports; and the
 * `InputError` of a record that this version cannot read.
 */
export async function resolve(
  difference: Difference,
  place: Place,
  ports: Ports,
  signal: AbortSignal,
): Promise<DifferenceKind | undefined> {
  const { key, recorded } = difference;
  if (recorded?.stored instanceof Error) throw recorded.stored;
  let stored = recorded?.stored;
  const events = [lookAt(difference, place)] as const;
  for (let writes = 0; writes < MAX_WRITES; writes++) {
    // Whether it is gone or not takes one request, because 404 is not ambiguous.
    const request = { bucket: place.bucket, key, expected: "present" } as const;
    const reading = await ports.readObject(request, signal);
    if (reading.answer.kind === "ambiguous") {
      if (stored?.state === "unreadable") return undefined;
      throw forbidden();
    }
    const { write } = decide(events, reading, stored);
    const change = write && changeOf(write.content, stored);
    if (write === undefined || change === undefined) return undefined;
    const rev = ports.newRev();
    const result = await ports.writeRecord({ ...write, rev }, signal);
    // The record with our own `rev`: this write succeeded, only its answer was lost, and the SDK retried it.
    if (result.written || result.stored?.rev === rev) return change;
    stored = result.stored;
  }
  const message = `The record changed before each of ${MAX_WRITES} writes.`;
  throw new ServiceError("reconcile.contended", message, { retry: true });
}

/**
 * The event that a difference stands for. Its time is that of the listed object, so that the event of its
 * creation, if it still arrives, is the later one and is named by the record; or now, if it is gone.
 */
function lookAt({ key, listed }: Difference, { bucket, region }: Place): ObjectChange {
  return {
    kind: "listed",
    name: EVENT_NAME,
    time: listed?.lastModified ?? new Date().toISOString(),
    region,
    bucket,
    key,
    size: listed?.size,
    etag: listed?.etag,
  };
}

function forbidden(): ServiceError {
  const message =
    "S3 denied reading the object, although it is in the bucket. The caller needs s3:GetObject, and kms:Decrypt if a KMS key encrypts the object.";
  return new ServiceError("reconcile.forbidden", message, { retry: false });
}
