import { SQSClient } from "@aws-sdk/client-sqs";

import { CLIENT_CONFIG } from "./client.ts";

/** The SQS client of the process. */
export const sqs = new SQSClient(CLIENT_CONFIG);
