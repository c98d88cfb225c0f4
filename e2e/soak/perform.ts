import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

import type { Holdings, OpenUpload, Version } from "./holdings.ts";
import type { Machine } from "./machine.ts";
import type { Operation, PutAs } from "./operation.ts";

/** The bucket under test, and the versions that it has acknowledged. */
export interface Place {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly machine: Machine;
  readonly holdings: Holdings;
}

/** Performs an operation and stores the versions that S3 acknowledged. Throws if S3 did not answer. */
export async function perform(operation: Operation, place: Place): Promise<void> {
  const { s3, bucket: Bucket, machine, holdings } = place;
  const { do: what } = operation;
  switch (what) {
    case "put":
      await put(operation.key, operation.size, operation.as, place);
      return operation.moved ? transition(operation.key, place) : undefined;
    case "multipart":
      return multipart(operation.key, operation.size, place);
    case "startUpload":
      return startUpload(operation.key, operation.size, place);
    case "completeUpload":
      return completeUpload(operation.key, operation.upload, place);
    case "copy":
      return copy(operation.from, operation.key, place);
    case "delete": {
      const target = { Bucket, Key: operation.key };
      const { VersionId = "" } = await s3.send(new DeleteObjectCommand(target));
      return holdings.add(operation.key, { id: VersionId });
    }
    case "deleteVersion": {
      const target = { Bucket, Key: operation.key, VersionId: operation.id };
      await s3.send(new DeleteObjectCommand(target));
      return holdings.remove(operation.key, operation.id);
    }
    case "deleteMany":
      return deleteMany(operation.objects, place);
    case "expire":
      await machine.control("expire", { bucket: Bucket, key: operation.key });
      return holdings.adopt(operation.key, await versionsOf(operation.key, place));
    case "transition":
      return transition(operation.key, place);
    case "tag": {
      const Tagging = { TagSet: [{ Key: "purpose", Value: "ignored" }] };
      await s3.send(new PutObjectTaggingCommand({ Bucket, Key: operation.key, Tagging }));
      return undefined;
    }
  }
}

/** Lists the versions of one key. */
export async function versionsOf(
  key: string,
  { s3, bucket }: Pick<Place, "s3" | "bucket">,
): Promise<Version[]> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }),
  );
  const found: Version[] = [];
  for (const { Key, VersionId = "", ETag } of Versions) {
    if (Key === key) found.push({ id: VersionId, etag: ETag });
  }
  for (const { Key, VersionId = "" } of DeleteMarkers) {
    if (Key === key) found.push({ id: VersionId });
  }
  return found;
}

async function put(Key: string, size: number, as: PutAs, { s3, bucket, holdings }: Place) {
  const { VersionId = "", ETag } = await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key,
      Body: Buffer.alloc(size, String(size)),
      ...(as === "described"
        ? { ContentType: "text/plain", Metadata: { note: "=?UTF-8?B?Wm/Dqydz?=" } }
        : {}),
    }),
  );
  holdings.add(Key, { id: VersionId, etag: ETag });
}

async function transition(key: string, { bucket, machine }: Place) {
  await machine.control("transition", { bucket, key, storageClass: "STANDARD_IA" });
}

async function multipart(key: string, size: number, place: Place) {
  await completeUpload(key, await upload(key, size, place), place);
}

async function startUpload(key: string, size: number, place: Place) {
  place.holdings.open(key, await upload(key, size, place));
}

/** Starts an upload of one part. */
async function upload(
  Key: string,
  size: number,
  { s3, bucket, holdings }: Place,
): Promise<OpenUpload> {
  const target = { Bucket: bucket, Key };
  const place = holdings.nextPlace();
  const { UploadId = "" } = await s3.send(new CreateMultipartUploadCommand(target));
  const part = { ...target, UploadId, PartNumber: 1, Body: Buffer.alloc(size, "p") };
  const { ETag } = await s3.send(new UploadPartCommand(part));
  return { id: UploadId, etag: ETag, place };
}

async function completeUpload(
  Key: string,
  open: OpenUpload,
  { s3, bucket, holdings }: Place,
): Promise<void> {
  const { VersionId = "", ETag } = await s3.send(
    new CompleteMultipartUploadCommand({
      Bucket: bucket,
      Key,
      UploadId: open.id,
      MultipartUpload: { Parts: [{ ETag: open.etag, PartNumber: 1 }] },
    }),
  );
  holdings.add(Key, { id: VersionId, etag: ETag }, open.place);
  holdings.close(Key, open);
}

async function copy(from: string, Key: string, { s3, bucket, holdings }: Place) {
  const { VersionId = "", CopyObjectResult } = await s3.send(
    new CopyObjectCommand({
      Bucket: bucket,
      Key,
      CopySource: `${bucket}/${encodeURIComponent(from)}`,
      MetadataDirective: "REPLACE",
      Metadata: { copied: "yes" },
    }),
  );
  holdings.add(Key, { id: VersionId, etag: CopyObjectResult?.ETag });
}

async function deleteMany(
  objects: readonly { key: string; id?: string }[],
  { s3, bucket, holdings }: Place,
) {
  const { Deleted = [], Errors = [] } = await s3.send(
    new DeleteObjectsCommand({
      Bucket: bucket,
      Delete: { Objects: objects.map(({ key, id }) => ({ Key: key, VersionId: id })) },
    }),
  );
  for (const { Key, Code } of Errors) throw new Error(`S3 did not delete ${Key}: ${Code}`);
  for (const { key, id } of objects) {
    const deleted = Deleted.find(({ Key }) => Key === key);
    if (id === undefined) holdings.add(key, { id: deleted?.DeleteMarkerVersionId ?? "" });
    else holdings.remove(key, id);
  }
}
