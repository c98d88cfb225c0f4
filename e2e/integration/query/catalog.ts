import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  type BatchWriteCommandOutput,
  DynamoDBDocumentClient,
} from "@aws-sdk/lib-dynamodb";
import { contentPartition, recordKey, timeKey } from "@waybill/core/catalog/keys";
import { Resource } from "sst";

import { planWrite } from "@waybill/core/catalog/plan";

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
  marshallOptions: { removeUndefinedValues: true },
});

interface Who {
  readonly principal?: string;
  readonly sourceIp?: string;
  readonly requestId?: string;
}

/** The fields of a file that a test sets. The others have default values. */
export interface FileFacts {
  readonly key: string;
  readonly state?: "present" | "unreadable" | "deleted";
  readonly size?: number;
  readonly etag?: string;
  readonly contentType?: string;
  /** ISO 8601 in UTC, to the millisecond. */
  readonly lastModified?: string;
  /** When the object arrived, if that is not when it was last modified. For a deleted file, when it was deleted. */
  readonly arrivedAt?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The checksum of the full object, in base64. */
  readonly crc64nvme?: string;
  /** Who made the latest change. */
  readonly who?: Who;
  /** When the tombstone of a deleted file expires. */
  readonly expiresAt?: Date;
  /** Whether the first release wrote the item. */
  readonly isFormer?: boolean;
}

const LONG_AGO = "2020-02-02T02:02:02.000Z";
const ETAG = "e".repeat(32);

/** Writes the items that the ingest function would write, without S3. */
export function writeFiles(files: readonly FileFacts[]): Promise<void> {
  return writeAll(files.map((file) => ({ PutRequest: { Item: itemOf(file) } })));
}

/** Writes an item that is not a valid record. */
export function writeUnfit(
  key: string,
  attributes: Readonly<Record<string, unknown>>,
): Promise<void> {
  const Item = { ...recordKey(Resource.Files.name, key), ...attributes };
  return writeAll([{ PutRequest: { Item } }]);
}

/** Writes files, runs `body`, and deletes the files: for queries over the whole bucket. */
export async function withFiles(
  files: readonly FileFacts[],
  body: () => Promise<void>,
): Promise<void> {
  await writeFiles(files);
  try {
    await body();
  } finally {
    await writeAll(
      files.map(({ key }) => ({ DeleteRequest: { Key: recordKey(Resource.Files.name, key) } })),
    );
  }
}

type Request = NonNullable<BatchWriteCommandInput["RequestItems"]>[string][number];

async function writeAll(writes: readonly Request[]): Promise<void> {
  const left = [...writes];
  const work = async () => {
    while (left.length > 0) {
      let batch: BatchWriteCommandInput["RequestItems"] = {
        [Resource.Catalog.name]: left.splice(0, 25),
      };
      while (batch && Object.keys(batch).length > 0) {
        const output: BatchWriteCommandOutput = await dynamodb.send(
          new BatchWriteCommand({ RequestItems: batch }),
        );
        batch = output.UnprocessedItems;
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
}

/** Returns the item that the ingest function would write for a new key. */
function itemOf(file: FileFacts): Record<string, unknown> {
  const { Key, ExpressionAttributeNames, ExpressionAttributeValues } = planWrite(writeOf(file));
  const item: Record<string, unknown> = { ...Key };
  for (const attribute of Object.values(ExpressionAttributeNames)) {
    const value = ExpressionAttributeValues[`:${attribute}`];
    if (value !== undefined) item[attribute] = value;
  }
  if (file.expiresAt) item["expiresAt"] = Math.floor(file.expiresAt.getTime() / 1000);
  return file.isFormer ? asFirstRelease(item, file) : item;
}

/** The item that the first release would have written: by `lastModified` and ETag, and without who made the change. */
function asFirstRelease(
  item: Record<string, unknown>,
  { key, lastModified = LONG_AGO, etag = ETAG }: FileFacts,
): Record<string, unknown> {
  const bucket = Resource.Files.name;
  const former: Record<string, unknown> = {
    ...item,
    event: {
      ...Object(item["event"]),
      principal: undefined,
      sourceIp: undefined,
      requestId: undefined,
    },
    indexedAt: item["readAt"],
    ...("month" in item && timeKey(bucket, key, lastModified)),
    ...("content" in item && { content: contentPartition(bucket, etag) }),
  };
  for (const name of ["arrivedAt", "readAt", "rev"]) delete former[name];
  return former;
}

type Write = Parameters<typeof planWrite>[0];

function writeOf(file: FileFacts): Write {
  const { state = "present", lastModified = LONG_AGO } = file;
  return {
    bucket: Resource.Files.name,
    key: file.key,
    region: "eu-central-1",
    event: {
      name: state === "deleted" ? "ObjectRemoved:Delete" : "ObjectCreated:Put",
      time: file.arrivedAt ?? lastModified,
      ...file.who,
    },
    sequencer: "0055AED6DCD90281E5".padStart(32, "0"),
    readAt: new Date().toISOString(),
    rev: "r",
    content: contentOf(file),
    guard: { kind: "absent" },
  };
}

function contentOf(file: FileFacts): Write["content"] {
  const { state = "present", lastModified = LONG_AGO, size = 1, etag = ETAG } = file;
  if (state === "deleted") return { state };
  const described = { size, etag, versionId: "3HL4kqtJvjVBH40Nrjfkd", lastModified };
  const arrivedAt = file.arrivedAt ?? lastModified;
  if (state === "unreadable") {
    return { state, reason: "customer_key", object: described, arrivedAt };
  }
  return {
    state,
    arrivedAt,
    object: {
      ...described,
      contentType: file.contentType ?? "text/plain",
      storageClass: "STANDARD",
      metadata: file.metadata ?? {},
      ...(file.crc64nvme === undefined
        ? {}
        : { checksums: { CRC64NVME: file.crc64nvme }, checksumType: "FULL_OBJECT" }),
    },
  };
}

/** When a file arrived or, if it is deleted, when it was deleted. */
export const arrivalOf = ({ arrivedAt, lastModified = LONG_AGO, isFormer, state }: FileFacts) =>
  (isFormer && state !== "deleted" ? undefined : arrivedAt) ?? lastModified;

/** Who made the latest change of a file, as far as its item says. */
export const whoOf = ({ who = {}, isFormer }: FileFacts): Who => (isFormer ? {} : who);

/** Sorts by the bytes of the keys, with the comparison of Node. */
export const inByteOrder = <T extends { readonly key: string }>(files: readonly T[]): T[] =>
  files.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));

export const keysOf = (records: readonly { readonly key: string }[]): string[] =>
  records.map(({ key }) => key);
