import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  UploadPartCommand,
  type ChecksumAlgorithm,
  type CompletedPart,
} from "@aws-sdk/client-s3";
import { expect } from "vitest";
import type { Running } from "./harness.ts";

const MIB = 1024 * 1024;
/** A part of the minimum size. */
export const LARGE = Buffer.alloc(5 * MIB, "large part ");
/** A part that can only be the last one. */
export const SMALL = Buffer.from("the end");

let count = 0;
/** Creates a multipart upload of a new key in the bucket "files". */
export async function createUpload(
  { client }: Running,
  options: {
    ChecksumAlgorithm?: ChecksumAlgorithm;
    ChecksumType?: "FULL_OBJECT" | "COMPOSITE";
  } = {},
) {
  const Key = `multipart-${count++}`;
  const Bucket = "files";
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ...options }),
  );
  const which = { Bucket, Key, UploadId };
  return {
    ...which,
    async part(PartNumber: number, Body: Buffer, rest = {}): Promise<CompletedPart> {
      const input = { ...which, PartNumber, Body, ...rest };
      const { $metadata, ...reply } = await client.send(new UploadPartCommand(input));
      expect($metadata.httpStatusCode).toBe(200);
      return { ...reply, PartNumber };
    },
    complete: async (Parts: CompletedPart[], rest = {}) =>
      client.send(
        new CompleteMultipartUploadCommand({ ...which, MultipartUpload: { Parts }, ...rest }),
      ),
    get: async (rest = {}) => {
      const { Body, ...reply } = await client.send(new GetObjectCommand({ Bucket, Key, ...rest }));
      return { ...reply, content: Buffer.from((await Body?.transformToByteArray()) ?? []) };
    },
  };
}
