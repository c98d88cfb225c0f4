import type { S3Context } from "./context.ts";
import { S3Error } from "./error.ts";
import { LIFECYCLE_ORIGIN, type EventOrigin } from "./notification/event.ts";
import { notify } from "./notification/notify.ts";
import { isStorageClass } from "./object/attributes.ts";
import { findBucket } from "./operations/target.ts";
import { newRequestIds } from "./request.ts";

/**
 * Does to a key what an expiration rule does: it is deleted, or, in a bucket with versions, hidden by a
 * delete marker. False where there was no object to expire.
 */
export function expire(context: S3Context, bucketName: string, key: string): boolean {
  const { store } = context;
  return store.write(() => {
    const bucket = findBucket(context, bucketName);
    const current = store.versions.newest(bucket, key);
    if (!current || current.marker) return false;
    const { removed, marker } = store.versions.remove(bucket, key);
    if (removed) {
      const id = store.sequence.next();
      notify(
        context,
        bucket,
        { event: "LifecycleExpiration:Delete", object: removed, id },
        origin(),
      );
    }
    if (marker) {
      const change = { event: "LifecycleExpiration:DeleteMarkerCreated", object: marker } as const;
      notify(context, bucket, change, origin());
    }
    return true;
  });
}

/** Does to the current object what a transition rule does. Throws `NoSuchKey` if there is none. */
export function transition(
  context: S3Context,
  bucketName: string,
  key: string,
  storageClass: string,
): void {
  const { store } = context;
  if (!isStorageClass(storageClass)) throw new S3Error("InvalidStorageClass");
  store.write(() => {
    const bucket = findBucket(context, bucketName);
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
