import type { S3Context } from "./context.ts";
import { S3Error } from "./error.ts";
import { LIFECYCLE_ORIGIN, type EventOrigin } from "./notification/event.ts";
import { notify } from "./notification/notify.ts";
import { isStorageClass } from "./object/attributes.ts";
import { requireBucket } from "./operations/target.ts";
import { newRequestIds } from "./request.ts";
import type { Bucket } from "./store/buckets.ts";

/**
 * Expires a key as a lifecycle rule does: deletes it, or adds a delete marker in a versioned
 * bucket. With a version id, deletes that version, which must not be the current object. Returns false
 * if there is nothing to expire.
 *
 * The event has the sequencer of the version that expires, as recorded from AWS, where it was up to 1.6
 * years older than the event.
 */
export function expire(
  context: S3Context,
  bucketName: string,
  key: string,
  versionId?: string,
): boolean {
  const { store } = context;
  return store.write(() => {
    const bucket = requireBucket(context, bucketName);
    if (versionId !== undefined) return expireVersion(context, bucket, key, versionId);
    const current = store.versions.newest(bucket, key);
    if (!current || current.marker) return false;
    const { id } = current;
    const { removed, marker } = store.versions.remove(bucket, key);
    if (removed) {
      const change = { event: "LifecycleExpiration:Delete", object: removed, id } as const;
      notify(context, bucket, change, origin());
    }
    if (marker) {
      const event = "LifecycleExpiration:DeleteMarkerCreated";
      notify(context, bucket, { event, object: marker, id }, origin());
    }
    return true;
  });
}

/** Expires a version that is not current, or a delete marker under which there is no version. */
function expireVersion(
  { store, ...context }: S3Context,
  bucket: Bucket,
  key: string,
  versionId: string,
): boolean {
  const version = store.versions.find(bucket, key, versionId);
  if (!version || (version.latest && !version.marker)) return false;
  store.versions.removeVersion(version);
  const change = { event: "LifecycleExpiration:Delete", object: version, id: version.id } as const;
  notify({ store, ...context }, bucket, change, origin());
  return true;
}

/** Moves the current object to another storage class. Throws `NoSuchKey` if there is none. */
export function transition(
  context: S3Context,
  bucketName: string,
  key: string,
  storageClass: string,
): void {
  const { store } = context;
  if (!isStorageClass(storageClass)) throw new S3Error("InvalidStorageClass");
  store.write(() => {
    const bucket = requireBucket(context, bucketName);
    const current = store.versions.newest(bucket, key);
    if (!current || current.marker) throw new S3Error("NoSuchKey", { details: { Key: key } });
    const { restoredUntil: _, ...attributes } = current.attributes;
    store.versions.setStorage(current, storageClass, attributes);
    const object = { ...current, storageClass, attributes };
    notify(context, bucket, { event: "LifecycleTransition", object }, origin());
  });
}

function origin(): EventOrigin {
  return { ...LIFECYCLE_ORIGIN, ...newRequestIds() };
}
