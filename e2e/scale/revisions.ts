import { createHash } from "node:crypto";

import { type DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";

/** A digest of the revisions of all records but some, and their number: equal if none was written. */
export async function revisions(
  { dynamodb, table }: { readonly dynamodb: DynamoDBDocumentClient; readonly table: string },
  except: ReadonlySet<string>,
): Promise<{ records: number; digest: string }> {
  const digest = createHash("sha256");
  let records = 0;
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(
      new ScanCommand({
        TableName: table,
        ProjectionExpression: "pk, sk, rev",
        ExclusiveStartKey,
      }),
    );
    for (const { pk, sk, rev } of Items) {
      if (String(pk).endsWith("#passes") || except.has(String(sk))) continue;
      records += 1;
      digest.update(`${String(sk)}\n${String(rev)}\n`);
    }
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return { records, digest: digest.digest("hex") };
}
