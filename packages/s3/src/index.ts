export { StoreError } from "@waybill/sqlite";
export type { Behavior } from "./behavior.ts";
export type { Deliver } from "./context.ts";
export { EVENT_BRIDGE } from "./notification/event-bridge.ts";
export { S3Error, type S3ErrorCode } from "./error.ts";
export { operationOf, type IncomingRequest } from "./router.ts";
export type { S3Access, S3Caller } from "./request.ts";
export { openS3, type RequestOptions, type S3, type S3Options } from "./s3.ts";
export type {
  BucketSettings,
  NotificationRule,
  PublicAccessBlock,
  SettingsDocument,
  SettingsValue,
  Versioning,
} from "./settings.ts";
export { startS3, type StartedS3, type StartOptions } from "./start.ts";
