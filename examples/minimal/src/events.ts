import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { Resource } from "sst";

interface Message {
  body: string;
}

/** The part of an S3 event notification that is used. The test event of S3 has no records. */
interface Notification {
  Records?: { s3: { object: { key: string; size: number } } }[];
}

const dynamo = new DynamoDBClient();

/** Writes the size of each new object into the table. */
export async function handler({ Records }: { Records: Message[] }): Promise<void> {
  for (const { body } of Records) {
    const notification = JSON.parse(body) as Notification;
    for (const { s3 } of notification.Records ?? []) {
      // S3 encodes keys as HTML forms do.
      const key = decodeURIComponent(s3.object.key.replaceAll("+", " "));
      await dynamo.send(
        new PutItemCommand({
          TableName: Resource.Sizes.name,
          Item: { key: { S: key }, size: { N: String(s3.object.size) } },
        }),
      );
      console.log(JSON.stringify({ key, size: s3.object.size }));
    }
  }
}
