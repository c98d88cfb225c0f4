import { SFNClient } from "@aws-sdk/client-sfn";

import { CLIENT_CONFIG } from "./client.ts";

/** The Step Functions client of the process. */
export const sfn = new SFNClient(CLIENT_CONFIG);
