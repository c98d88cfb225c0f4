import { authorize, objectArn, objectContext } from "../access.ts";
import type { S3Context } from "../context.ts";
import { headerNotImplemented } from "../error.ts";
import { notify } from "../notification/notify.ts";
import { checkWrite } from "../object/condition.ts";
import { NULL_VERSION, type ObjectVersion } from "../object/version.ts";
import type { Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import type { Bucket } from "../store/buckets.ts";
import { findVersion, requestedBucket, readKey, readVersionId } from "./target.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export function deleteObject(context: S3Context, request: S3Request): Reply {
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  const versionId = readVersionId(request);
  for (const name of ["x-amz-if-match-last-modified-time", "x-amz-if-match-size"]) {
    if (request.header(name) !== undefined) throw headerNotImplemented(name);
  }
  const deletion = { key, versionId, ifMatch: request.header("if-match") };
  authorizeDelete(context, request, bucket, deletion);
  const outcome = context.store.write(() => deleteOne(context, request, bucket, deletion));
  return {
    status: 204,
    headers: {
      "x-amz-version-id": outcome.versionId,
      "x-amz-delete-marker": outcome.marker ? "true" : undefined,
    },
  };
}

export interface Deletion {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly ifMatch: string | undefined;
}

export interface DeleteOutcome {
  /**
   * The removed version or the new delete marker. Undefined in a bucket that was never versioned.
   */
  readonly versionId: string | undefined;
  /** Whether that version is a delete marker. */
  readonly marker: boolean;
}

/** Throws `AccessDenied` unless the caller may delete the key or the version. */
export function authorizeDelete(
  context: S3Context,
  request: S3Request,
  bucket: Bucket,
  { key, versionId }: Deletion,
): void {
  const action = versionId === undefined ? "s3:DeleteObject" : "s3:DeleteObjectVersion";
  const found = findVersion(context, bucket, key, versionId);
  authorize(request, action, objectArn(bucket.name, key), objectContext(found, versionId));
}

/** Deletes one key or version, and adds the notification. Must run in a transaction. */
export function deleteOne(
  context: S3Context,
  request: S3Request,
  bucket: Bucket,
  { key, versionId, ifMatch }: Deletion,
): DeleteOutcome {
  const { versions } = context.store;
  const target = findVersion(context, bucket, key, versionId);
  if (ifMatch !== undefined) checkWrite({ ifMatch, ifNoneMatch: undefined }, key, target);
  if (versionId !== undefined) {
    if (!target) return { versionId, marker: false };
    versions.removeVersion(target);
    const own = context.store.sequence.next();
    const id = context.behavior.removalSequencer === "own" ? own : target.id;
    notifyRemoved(context, request, bucket, { ...target, id });
    const versioned = bucket.settings.versioning !== "Unversioned";
    return { versionId: versioned ? target.version : undefined, marker: target.marker };
  }
  const { marker } = versions.remove(bucket, key);
  if (!marker) {
    // S3 sends this event even if there was no object.
    const id = context.store.sequence.next();
    notifyRemoved(context, request, bucket, { key, version: NULL_VERSION, id });
    return { versionId: undefined, marker: false };
  }
  const change = { event: "ObjectRemoved:DeleteMarkerCreated", object: marker } as const;
  notify(context, bucket, change, request.origin);
  return { versionId: marker.version, marker: true };
}

function notifyRemoved(
  context: S3Context,
  request: S3Request,
  bucket: Bucket,
  { id, ...object }: Pick<ObjectVersion, "key" | "version" | "id">,
): void {
  notify(context, bucket, { event: "ObjectRemoved:Delete", object, id }, request.origin);
}
