import {
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { expect } from "vitest";

import type { Scene } from "./scene.ts";

/** Expects S3 to agree with the model, in its listings and for each key. Otherwise the test proves nothing. */
export async function expectBucketMatchesModel(scene: Scene): Promise<void> {
  const { s3, bucket, model } = scene;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  expect(
    Contents.map(({ Key, Size, ETag }) => ({ Key, Size, ETag })),
    "the objects that S3 lists",
  ).toEqual(
    model.presentKeys().map((key) => ({
      Key: key,
      Size: Buffer.byteLength(model.current(key)?.text ?? ""),
      ETag: `"${model.current(key)?.etag}"`,
    })),
  );
  for (const key of model.keys()) await expectVersions(key, scene);
}

async function expectVersions(key: string, { s3, bucket, model }: Scene): Promise<void> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }),
  );
  const stack = model.versions(key);
  const ids = (found: { VersionId?: string | undefined }[]) =>
    found.map(({ VersionId }) => VersionId);
  expect(ids(Versions), `the versions of ${key}`).toEqual(
    stack.filter(({ object }) => object !== undefined).map(({ id }) => id),
  );
  expect(ids(DeleteMarkers), `the delete markers of ${key}`).toEqual(
    stack.filter(({ object }) => object === undefined).map(({ id }) => id),
  );
  expect(
    [...Versions, ...DeleteMarkers].find(({ IsLatest }) => IsLatest)?.VersionId,
    `the newest version of ${key}`,
  ).toBe(stack[0]?.id);
  if (model.current(key) === undefined) {
    expect(await statusOfHead(key, { s3, bucket }), `HEAD of ${key}`).toBe(404);
  }
}

async function statusOfHead(
  key: string,
  { s3, bucket }: Pick<Scene, "s3" | "bucket">,
): Promise<number | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return head.$metadata.httpStatusCode;
  } catch (error) {
    if (error instanceof S3ServiceException) return error.$metadata.httpStatusCode;
    throw error;
  }
}
