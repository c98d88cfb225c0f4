// Updates a few items until it is killed, and prints a line after each response.
import fs from "node:fs";

import { Dynamo } from "../../../src/service/dynamodb/dynamo.ts";
import { ITEMS, settings, stream } from "./crash-table.ts";

const [dir = "", from = "0"] = process.argv.slice(2);
const dynamo = new Dynamo(dir);
await dynamo.ensureTable(settings, { stream });

async function update(item: string): Promise<void> {
  for (let n = Number(from); ; n++) {
    const { status, body } = await dynamo.handle(
      "DynamoDB_20120810.UpdateItem",
      Buffer.from(
        JSON.stringify({
          TableName: settings.TableName,
          Key: { pk: { S: "p" }, sk: { S: item } },
          UpdateExpression: "SET #at = :at, filling = :filling",
          ExpressionAttributeNames: { "#at": "at" },
          ExpressionAttributeValues: {
            ":at": { N: String(n) },
            ":filling": { S: "x".repeat((n * 7919) % 5000) },
          },
        }),
      ),
    );
    if (status !== 200) throw new Error(body);
    fs.writeSync(1, `${item} ${n}\n`);
  }
}

await Promise.all(ITEMS.map(update));
