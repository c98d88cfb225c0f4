import { authorize, objectArn, objectContext } from "../access.ts";
import { receiveText } from "../body/receive.ts";
import type { S3Context } from "../context.ts";
import { notImplemented, S3Error } from "../error.ts";
import { MAX_DOCUMENT_BYTES } from "../limits.ts";
import { ownerPrincipal } from "../notification/event.ts";
import { notify } from "../notification/notify.ts";
import { isArchived, restoredUntil } from "../object/attributes.ts";
import type { Reply } from "../reply.ts";
import type { S3Request } from "../request.ts";
import { child, childText, parseRoot } from "../xml.ts";
import {
  findVersion,
  requireObject,
  requestedBucket,
  readKey,
  readVersionId,
  versionHeader,
} from "./target.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Restores an object immediately, which takes minutes or hours on AWS. Sends the same events in the
 * same order.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
 */
export async function restoreObject(context: S3Context, request: S3Request): Promise<Reply> {
  const { store, clock } = context;
  const bucket = requestedBucket(context, request);
  const key = readKey(request);
  const versionId = readVersionId(request);
  const found = findVersion(context, bucket, key, versionId);
  const access = objectContext(found, versionId);
  authorize(request, "s3:RestoreObject", objectArn(bucket.name, key), access);
  const days = readDays(await receiveText(request, MAX_DOCUMENT_BYTES));
  return store.write(() => {
    const current = requestedBucket(context, request);
    const version = findVersion(context, current, key, versionId);
    const object = requireObject(request, current, version, { key, versionId });
    if (!isArchived(object.storageClass)) {
      throw new S3Error("InvalidObjectState", {
        message: "Restore is not allowed for the object's current storage class",
        details: { StorageClass: object.storageClass },
      });
    }
    const now = clock();
    const restored = restoredUntil(object, now) !== undefined;
    const expiry = midnightAfter(now.getTime() + days * DAY_MS);
    const attributes = { ...object.attributes, restoredUntil: expiry.getTime() };
    store.versions.setStorage(object, object.storageClass, attributes);
    if (!restored) {
      const post = { event: "ObjectRestore:Post", object, id: store.sequence.next() } as const;
      notify(context, current, post, request.origin);
      const id = store.sequence.next();
      const completed = { event: "ObjectRestore:Completed", object, id, expiry } as const;
      const principalId = `AmazonCustomer:${ownerPrincipal(context.accountId)}`;
      notify(context, current, completed, { ...request.origin, principalId });
    }
    return { status: restored ? 200 : 202, headers: versionHeader(current, object) };
  });
}

function readDays(text: string): number {
  const root = parseRoot(text, "RestoreRequest");
  if (child(root, "SelectParameters") ?? child(root, "OutputLocation")) {
    throw notImplemented("A restore that selects from the object");
  }
  const days = childText(root, "Days")?.trim() ?? "";
  if (/^[1-9]\d{0,9}$/.test(days)) return Number(days);
  throw new S3Error("MalformedXML");
}

/** S3 rounds the end of a restored copy to the next midnight UTC. */
function midnightAfter(time: number): Date {
  return new Date(Math.ceil(time / DAY_MS) * DAY_MS);
}
