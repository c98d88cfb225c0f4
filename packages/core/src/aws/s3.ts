import { S3Client } from "@aws-sdk/client-s3";

import { CLIENT_CONFIG } from "./client.ts";

/** The S3 client of the process. */
export const s3 = new S3Client(CLIENT_CONFIG);
