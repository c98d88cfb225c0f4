import { WaybillError } from "../error.ts";
import type { Report } from "./batch.ts";

/** An error in the log: enough to find the cause, without requests and credentials. */
export interface ErrorLine {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** Whether a retry can help. */
  readonly retry?: boolean;
  /** The HTTP status of the AWS response. */
  readonly status?: number;
  readonly awsRequestId?: string;
  /** Only of unexpected errors. */
  readonly stack?: string;
  readonly cause?: ErrorLine;
}

/** The fields of the log line of an outcome. */
export function lineOf({ messageId, event, outcome }: Report, requestId: string) {
  const { outcome: name, readMs, writeMs } = outcome;
  return {
    requestId,
    messageId,
    event: event?.name ?? (name === "test" ? "s3:TestEvent" : undefined),
    region: event?.region,
    bucket: event?.bucket,
    key: event?.key,
    versionId: event?.versionId,
    outcome: name,
    reason: reasonOf(outcome),
    readMs,
    writeMs,
    error: outcome.outcome === "failed" ? describeError(outcome.error) : undefined,
  };
}

function reasonOf(outcome: Report["outcome"]): string | undefined {
  if ("reason" in outcome) return outcome.reason;
  if (outcome.outcome === "test") return "the notifications of the bucket are connected";
  if (outcome.outcome !== "failed") return undefined;
  return outcome.error instanceof WaybillError ? outcome.error.code : "ingest.unexpected";
}

/** Describes an error and its causes. */
export function describeError(error: unknown): ErrorLine {
  if (!(error instanceof Error)) return { name: "Thrown", message: typeof error };
  return {
    name: error.name,
    message: error.message,
    ...(error instanceof WaybillError ? { code: error.code, retry: error.retry } : {}),
    ...("$metadata" in error ? describeResponse(error.$metadata) : {}),
    ...(isExpected(error) ? {} : { stack: error.stack ?? "" }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** Errors of Waybill, the AWS SDK and the network are identified by their names. */
function isExpected(error: Error): boolean {
  return error instanceof WaybillError || "$metadata" in error || "code" in error;
}

function describeResponse(metadata: unknown): { status?: number; awsRequestId?: string } {
  if (typeof metadata !== "object" || metadata === null) return {};
  return {
    ...("httpStatusCode" in metadata && typeof metadata.httpStatusCode === "number"
      ? { status: metadata.httpStatusCode }
      : {}),
    ...("requestId" in metadata && typeof metadata.requestId === "string"
      ? { awsRequestId: metadata.requestId }
      : {}),
  };
}
