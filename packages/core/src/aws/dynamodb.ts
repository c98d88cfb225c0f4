import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import { CLIENT_CONFIG } from "./client.ts";

/** The DynamoDB client of the process; it takes and returns plain JavaScript values. */
export const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT_CONFIG), {
  marshallOptions: { removeUndefinedValues: true },
});
