import { DeleteObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { DeleteCommand, type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { recordKey } from "@waybill/core/catalog/keys";

import type { Random } from "../random.ts";
import { forEach, keyOf } from "./load.ts";

/** What a pass has to find, by kind. */
export interface Damage {
  readonly missing: number;
  readonly ghost: number;
  readonly different: number;
  readonly keys: ReadonlySet<string>;
}

interface Place {
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBDocumentClient;
  readonly bucket: string;
  readonly table: string;
}

/** Corrupts `count` records and loses `count` events, each of another key. */
export async function damage(
  { s3, dynamodb, bucket, table }: Place,
  { objects, count, random }: { objects: number; count: number; random: Random },
): Promise<Damage> {
  const numbers = new Set<number>();
  while (numbers.size < 2 * count) numbers.add(random.below(objects));
  const chosen = [...numbers];
  const found = { missing: 0, ghost: 0, different: 0 };
  const keys = new Set<string>();
  await forEach(chosen.length, async (n) => {
    const key = keyOf(chosen[n] ?? 0);
    const at = { TableName: table, Key: recordKey(bucket, key) };
    const kind = n % 6;
    if (kind === 0) {
      await dynamodb.send(new DeleteCommand(at));
      found.missing += 1;
    } else if (kind === 1) {
      await dynamodb.send(
        new UpdateCommand({
          ...at,
          UpdateExpression: "SET #object.etag = :etag",
          ExpressionAttributeNames: { "#object": "object" },
          ExpressionAttributeValues: { ":etag": "corrupt" },
        }),
      );
      found.different += 1;
    } else if (kind === 2) {
      // A tombstone of an object that is there.
      await dynamodb.send(
        new UpdateCommand({
          ...at,
          UpdateExpression: "SET #state = :deleted REMOVE #object",
          ExpressionAttributeNames: { "#state": "state", "#object": "object" },
          ExpressionAttributeValues: { ":deleted": "deleted" },
        }),
      );
      found.missing += 1;
    } else if (kind === 3) {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
      found.ghost += 1;
    } else if (kind === 4) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "other" }));
      found.different += 1;
    } else {
      const added = `${key} added`;
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: added, Body: "new" }));
      found.missing += 1;
      keys.add(added);
      return;
    }
    keys.add(key);
  });
  return { ...found, keys };
}
