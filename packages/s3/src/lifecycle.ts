import type { S3Context } from "./context.ts";
import { S3Error } from "./error.ts";
import { LIFECYCLE_ORIGIN, type EventOrigin } from "./notification/event.ts";
import { notify } from "./notification/notify.ts";
import { isStorageClass } from "./object/attributes.ts";
import { requireBucket } from "./operations/target.ts";
import { newRequestIds } from "./request.ts";

/**
 * Expires a key as a lifecycle rule does: deletes it, or adds a delete marker in a versioned
 * bucket. Returns false if there is no current object.
 */
export function expire(context: S3Context, bucketName: string, key: string): boolean {
  const { store } = context;
  return store.write(() => {
    const bucket = requireBucket(context, bucketName);
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
