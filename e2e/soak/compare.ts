import {
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { FileRecord, ListPage } from "@waybill/core/catalog";

/** An object of the bucket, as S3 describes it. */
interface Listed {
  readonly key: string;
  readonly facts: Facts;
}

/** A record of the catalog. */
interface Recorded {
  readonly key: string;
  readonly facts: Facts | { unfit: string };
}

type Facts = Readonly<Record<string, unknown>>;

export interface Comparison {
  /** The number of keys that are in both. */
  readonly common: number;
  /** The number of keys that differ. */
  readonly differences: number;
  /** Descriptions of the first of them. */
  readonly examples: string[];
}

export type ReadCatalog = (page: {
  readonly prefix: string;
  readonly startAfter?: string;
  readonly limit: number;
}) => Promise<ListPage>;

const PAGE = 1000;
const HEADS = 16;
const MAX_EXAMPLES = 20;

/** Compares bucket and catalog in byte order, with one page of each in memory. */
export async function compare(
  bucket: { readonly s3: S3Client; readonly name: string },
  readCatalog: ReadCatalog,
): Promise<Comparison> {
  const comparison = { common: 0, differences: 0, examples: [] as string[] };
  const differ = (key: string, what: string) => {
    comparison.differences += 1;
    if (comparison.examples.length < MAX_EXAMPLES) {
      comparison.examples.push(`${JSON.stringify(key)}: ${what}`);
    }
  };
  const objects = walkBucket(bucket);
  const records = walkCatalog(readCatalog);
  let a = await objects.next();
  let b = await records.next();
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : compareKeys(a.value.key, b.value.key);
    if (order < 0 && !a.done) differ(a.value.key, "in the bucket, not in the catalog");
    if (order > 0 && !b.done) differ(b.value.key, "in the catalog, not in the bucket");
    if (order === 0 && !a.done && !b.done) {
      comparison.common += 1;
      const difference = differenceOf(a.value.facts, b.value.facts);
      if (difference !== undefined) differ(a.value.key, difference);
    }
    if (order <= 0) a = await objects.next();
    if (order >= 0) b = await records.next();
  }
  return comparison;
}

const compareKeys = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function differenceOf(object: Facts, record: Facts): string | undefined {
  const [bucket, catalog] = [JSON.stringify(object), JSON.stringify(record)];
  return bucket === catalog ? undefined : `S3 has ${bucket}, the catalog has ${catalog}`;
}

async function* walkBucket({
  s3,
  name,
}: {
  readonly s3: S3Client;
  readonly name: string;
}): AsyncGenerator<Listed, undefined> {
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: name, MaxKeys: PAGE, ContinuationToken: token }),
    );
    const keys = (page.Contents ?? []).map(({ Key = "" }) => Key);
    for (let from = 0; from < keys.length; from += HEADS) {
      const some = keys.slice(from, from + HEADS);
      yield* await Promise.all(some.map((key) => describe(key, { s3, name })));
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return undefined;
}

async function describe(
  key: string,
  { s3, name }: { readonly s3: S3Client; readonly name: string },
): Promise<Listed> {
  try {
    const head = await s3.send(
      new HeadObjectCommand({ Bucket: name, Key: key, ChecksumMode: "ENABLED" }),
    );
    return { key, facts: factsOfObject(head) };
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    return { key, facts: { status: error.$metadata.httpStatusCode } };
  }
}

const factsOfObject = (head: HeadObjectCommandOutput): Facts => ({
  versionId: head.VersionId,
  etag: head.ETag?.replaceAll('"', ""),
  size: head.ContentLength,
  lastModified: head.LastModified?.toISOString(),
  storageClass: head.StorageClass ?? "STANDARD",
  contentType: head.ContentType,
  encryption: head.ServerSideEncryption,
  checksum: head.ChecksumCRC32 ?? head.ChecksumCRC64NVME,
  checksumType: head.ChecksumType,
  metadata: Object.keys(head.Metadata ?? {}).toSorted(),
});

async function* walkCatalog(read: ReadCatalog): AsyncGenerator<Recorded, undefined> {
  let next: ListPage["next"];
  do {
    const page = await read({ prefix: "", ...next, limit: PAGE });
    const unfit = page.unfit.map(({ key, reason }) => ({ key, facts: { unfit: reason } }));
    const records = page.records.map((record) => ({
      key: record.key,
      facts: factsOfRecord(record),
    }));
    yield* [...records, ...unfit].toSorted((a, b) => compareKeys(a.key, b.key));
    next = page.next;
  } while (next !== undefined);
  return undefined;
}

function factsOfRecord(record: FileRecord): Facts {
  if (record.state !== "present") return { state: record.state };
  return {
    versionId: record.versionId,
    etag: record.etag,
    size: record.size,
    lastModified: record.lastModified,
    storageClass: record.storageClass,
    contentType: record.contentType,
    encryption: record.encryption?.algorithm,
    checksum: record.checksums?.["CRC32"] ?? record.checksums?.["CRC64NVME"],
    checksumType: record.checksumType,
    metadata: Object.keys(record.metadata).toSorted(),
  };
}
