import {
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { FileRecord, ListPage } from "@waybill/core/catalog";

/** A key of the bucket, and what S3 says of it. */
interface Held {
  readonly key: string;
  readonly facts: Facts;
}

/** A key of the catalogue, and what its record says. */
interface Recorded {
  readonly key: string;
  readonly facts: Facts | { unfit: string };
}

type Facts = Readonly<Record<string, unknown>>;

export interface Comparison {
  /** Keys that bucket and catalogue both have. */
  readonly common: number;
  /** Keys that differ. */
  readonly differences: number;
  /** Some of them, in words. */
  readonly examples: string[];
}

export type ReadCatalogue = (page: {
  readonly prefix: string;
  readonly startAfter?: string;
  readonly limit: number;
}) => Promise<ListPage>;

const PAGE = 1000;
const HEADS = 16;
const MAX_EXAMPLES = 20;

/** Walks bucket and catalogue side by side, in byte order, a page of each in memory. */
export async function compare(
  bucket: { readonly s3: S3Client; readonly name: string },
  readCatalogue: ReadCatalogue,
): Promise<Comparison> {
  const comparison = { common: 0, differences: 0, examples: [] as string[] };
  const differ = (key: string, what: string) => {
    comparison.differences += 1;
    if (comparison.examples.length < MAX_EXAMPLES) {
      comparison.examples.push(`${JSON.stringify(key)}: ${what}`);
    }
  };
  const held = walkBucket(bucket);
  const recorded = walkCatalogue(readCatalogue);
  let a = await held.next();
  let b = await recorded.next();
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : compareKeys(a.value.key, b.value.key);
    if (order < 0 && !a.done) differ(a.value.key, "the bucket has it, the catalogue has not");
    if (order > 0 && !b.done) differ(b.value.key, "the catalogue has it, the bucket has not");
    if (order === 0 && !a.done && !b.done) {
      comparison.common += 1;
      const difference = differenceOf(a.value.facts, b.value.facts);
      if (difference !== undefined) differ(a.value.key, difference);
    }
    if (order <= 0) a = await held.next();
    if (order >= 0) b = await recorded.next();
  }
  return comparison;
}

const compareKeys = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function differenceOf(held: Facts, recorded: Facts): string | undefined {
  const [s3, catalogue] = [JSON.stringify(held), JSON.stringify(recorded)];
  return s3 === catalogue ? undefined : `S3 says ${s3}, the catalogue says ${catalogue}`;
}

async function* walkBucket({
  s3,
  name,
}: {
  readonly s3: S3Client;
  readonly name: string;
}): AsyncGenerator<Held, undefined> {
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
): Promise<Held> {
  try {
    return { key, facts: held(await s3.send(new HeadObjectCommand({ Bucket: name, Key: key }))) };
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    return { key, facts: { status: error.$metadata.httpStatusCode } };
  }
}

const held = (head: HeadObjectCommandOutput): Facts => ({
  versionId: head.VersionId,
  etag: head.ETag?.replaceAll('"', ""),
  size: head.ContentLength,
  lastModified: head.LastModified?.toISOString(),
  storageClass: head.StorageClass ?? "STANDARD",
  contentType: head.ContentType,
  metadata: Object.keys(head.Metadata ?? {}).toSorted(),
});

async function* walkCatalogue(read: ReadCatalogue): AsyncGenerator<Recorded, undefined> {
  let next: ListPage["next"];
  do {
    const page = await read({ prefix: "", ...next, limit: PAGE });
    const unfit = page.unfit.map(({ key, reason }) => ({ key, facts: { unfit: reason } }));
    const records = page.records.map((record) => ({ key: record.key, facts: recorded(record) }));
    yield* [...records, ...unfit].toSorted((a, b) => compareKeys(a.key, b.key));
    next = page.next;
  } while (next !== undefined);
  return undefined;
}

function recorded(record: FileRecord): Facts {
  if (record.state !== "present") return { state: record.state };
  return {
    versionId: record.versionId,
    etag: record.etag,
    size: record.size,
    lastModified: record.lastModified,
    storageClass: record.storageClass,
    contentType: record.contentType,
    metadata: Object.keys(record.metadata).toSorted(),
  };
}
