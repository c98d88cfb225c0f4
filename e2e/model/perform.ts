import { createHash } from "node:crypto";

import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

import { control } from "../stack.ts";
import type { StoredObject } from "./bucket.ts";
import type { Scene } from "./scene.ts";
import { KEYS, type PutAs, type Step, TEXTS } from "./step.ts";

/** A request to S3, or a lifecycle action of S3. */
export type BucketStep = Exclude<Step, { do: "deliver" }>;

const ARCHIVED = "GLACIER";
/** S3 takes ASCII headers only (RFC 2047). A record has the decoded text. */
const NOTE = { text: "Zoë's", header: "=?UTF-8?B?Wm/Dqydz?=" };
const CUSTOMER_KEY = {
  SSECustomerAlgorithm: "AES256",
  SSECustomerKey: "a customer's key of 32 bytes ...",
};

/** Performs a step in S3 and in the model. Skips a step that S3 would reject. */
export async function perform(step: BucketStep, scene: Scene): Promise<void> {
  switch (step.do) {
    case "put":
      return put(keyOf(step.key), textOf(step.text), step.as, scene);
    case "copy":
      return copy(keyOf(step.from), keyOf(step.to), scene);
    case "multipart":
      return multipart(keyOf(step.key), textOf(step.text), scene);
    case "delete":
      return remove(keyOf(step.key), scene);
    case "deleteVersion":
      return removeVersion(keyOf(step.key), step.nth, scene);
    case "deleteMany":
      return removeMany(step.keys.map(keyOf), step.versions, scene);
    case "versioning":
      return switchVersioning(step.status, scene);
    case "expire":
      return expire(keyOf(step.key), scene);
    case "transition":
      return transition(keyOf(step.key), step.archive ? ARCHIVED : "STANDARD_IA", scene);
    case "restore":
      return restore(keyOf(step.key), scene);
    case "tag":
      return tag(keyOf(step.key), scene);
  }
}

const keyOf = (index: number): string => KEYS[index] ?? KEYS[0];
const textOf = (index: number): string => TEXTS[index] ?? TEXTS[0];
const md5 = (data: string | Buffer) => createHash("md5").update(data).digest("hex");

const plain = (text: string): StoredObject => ({
  text,
  etag: md5(text),
  metadata: {},
  storageClass: "STANDARD",
  restored: false,
  customerKey: false,
});

async function put(Key: string, text: string, as: PutAs, { s3, bucket, model }: Scene) {
  const { ETag, VersionId } = await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key,
      Body: Buffer.from(text),
      ...(as === "described" ? { Metadata: { note: NOTE.header } } : {}),
      ...(as === "archived" ? { StorageClass: ARCHIVED } : {}),
      ...(as === "customerKey" ? CUSTOMER_KEY : {}),
    }),
  );
  const object = {
    ...plain(text),
    ...(as === "described" ? { metadata: { note: NOTE.text } } : {}),
    ...(as === "archived" ? { storageClass: ARCHIVED } : {}),
    // The ETag of an object with SSE-C is not an MD5 of its content.
    ...(as === "customerKey" ? { customerKey: true, etag: (ETag ?? "").replaceAll('"', "") } : {}),
  };
  model.put(Key, object, VersionId);
}

async function copy(from: string, to: string, { s3, bucket, model }: Scene) {
  const source = model.current(from);
  if (source === undefined || source.customerKey || !isReadable(source)) return;
  const metadata = { copied: "yes" };
  const { VersionId } = await s3.send(
    new CopyObjectCommand({
      Bucket: bucket,
      Key: to,
      CopySource: `${bucket}/${encodeURIComponent(from)}`,
      MetadataDirective: "REPLACE",
      Metadata: metadata,
    }),
  );
  model.put(to, { ...plain(source.text), metadata }, VersionId);
}

const isReadable = ({ storageClass, restored }: StoredObject) =>
  storageClass !== ARCHIVED || restored;

async function multipart(Key: string, text: string, { s3, bucket, model }: Scene) {
  const target = { Bucket: bucket, Key };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(target));
  const part = { ...target, UploadId, PartNumber: 1, Body: Buffer.from(text) };
  const { ETag } = await s3.send(new UploadPartCommand(part));
  const { VersionId } = await s3.send(
    new CompleteMultipartUploadCommand({
      ...target,
      UploadId,
      MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] },
    }),
  );
  const etag = `${md5(createHash("md5").update(text).digest())}-1`;
  model.put(Key, { ...plain(text), etag }, VersionId);
}

async function remove(Key: string, { s3, bucket, model }: Scene) {
  const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  model.remove(Key, VersionId);
}

async function removeVersion(Key: string, nth: number, { s3, bucket, model }: Scene) {
  const versions = model.versions(Key);
  const version = versions[nth % versions.length];
  if (version === undefined) return;
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId: version.id }));
  model.removeVersion(Key, version.id);
}

/** Deletes several keys in one request: with `versions`, the newest version of each. */
async function removeMany(keys: string[], versions: boolean, { s3, bucket, model }: Scene) {
  const objects = keys.map((Key) => ({
    Key,
    VersionId: versions ? model.versions(Key)[0]?.id : undefined,
  }));
  const { Deleted, Errors } = await s3.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects } }),
  );
  if (Errors?.[0]) throw new Error(`S3 did not delete ${Errors[0].Key}: ${Errors[0].Message}`);
  for (const { Key, VersionId } of objects) {
    const done = Deleted?.find((deleted) => deleted.Key === Key);
    if (VersionId === undefined) model.remove(Key, done?.DeleteMarkerVersionId);
    else model.removeVersion(Key, VersionId);
  }
}

async function switchVersioning(status: "Enabled" | "Suspended", { s3, bucket, model }: Scene) {
  await s3.send(
    new PutBucketVersioningCommand({
      Bucket: bucket,
      VersioningConfiguration: { Status: status },
    }),
  );
  model.versioning = status;
}

/** A lifecycle rule expires the current object. In a bucket with versions it adds a delete marker. */
async function expire(key: string, { s3, stack, bucket, model }: Scene) {
  if (model.current(key) === undefined) return;
  await control(stack, "expire", { bucket, key });
  const { DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }),
  );
  model.remove(key, DeleteMarkers.find((marker) => marker.Key === key)?.VersionId);
}

async function transition(key: string, storageClass: string, scene: Scene) {
  const { stack, bucket, model } = scene;
  const object = model.current(key);
  // Lifecycle rules move objects to colder classes only.
  if (object === undefined || [ARCHIVED, storageClass].includes(object.storageClass)) return;
  await control(stack, "transition", { bucket, key, storageClass });
  model.change(key, { storageClass });
}

async function restore(Key: string, { s3, bucket, model }: Scene) {
  const object = model.current(Key);
  if (object === undefined || isReadable(object)) return;
  await s3.send(
    new RestoreObjectCommand({
      Bucket: bucket,
      Key,
      RestoreRequest: { Days: 1, GlacierJobParameters: { Tier: "Expedited" } },
    }),
  );
  model.change(Key, { restored: true });
}

/** Changes tags, which records do not contain. */
async function tag(Key: string, { s3, bucket, model }: Scene) {
  if (model.current(Key) === undefined) return;
  const Tagging = { TagSet: [{ Key: "purpose", Value: "ignored" }] };
  await s3.send(new PutObjectTaggingCommand({ Bucket: bucket, Key, Tagging }));
}
