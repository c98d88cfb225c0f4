import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";

import { CLIENT_CONFIG } from "./client.ts";

/** The CloudWatch client of the process. */
export const cloudwatch = new CloudWatchClient(CLIENT_CONFIG);
