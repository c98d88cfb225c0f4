import { DynamoDBClient } from "@aws-sdk/client-dynamodb";

import { CLIENT_CONFIG } from "./client.ts";

/** The one DynamoDB client of the process. */
export const dynamodb = new DynamoDBClient(CLIENT_CONFIG);
