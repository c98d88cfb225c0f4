export { StoreError } from "@waybill/sqlite";
export { SqsError } from "./error.ts";
export { parseSqsRequest, type Protocol, protocolOf, renderSqsResponse } from "./protocol.ts";
export { openSqs, type QueueDepth, type Sqs, type SqsOptions, type SqsRequest } from "./sqs.ts";
export { type StartedSqs, startSqs, type StartOptions } from "./start.ts";
