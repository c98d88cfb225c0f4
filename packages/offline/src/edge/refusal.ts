import crypto from "node:crypto";

/** A request that is refused, in the words of the service it was meant for. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

// What each service calls these. S3: "Error responses" of its API reference; DynamoDB and SQS: "Common errors".
const CODES = {
  throttle: {
    s3: { status: 503, code: "SlowDown", message: "Please reduce your request rate." },
    dynamodb: {
      status: 400,
      code: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
      message: "The level of configured provisioned throughput for the table was exceeded.",
    },
    sqs: { status: 403, code: "com.amazonaws.sqs#RequestThrottled", message: "Rate exceeded" },
    lambda: { status: 429, code: "TooManyRequestsException", message: "Rate Exceeded." },
  },
  error: {
    s3: {
      status: 500,
      code: "InternalError",
      message: "We encountered an internal error. Please try again.",
    },
    dynamodb: {
      status: 500,
      code: "com.amazonaws.dynamodb.v20120810#InternalServerError",
      message: "Internal server error",
    },
    sqs: { status: 500, code: "com.amazonaws.sqs#InternalError", message: "Internal error" },
    lambda: { status: 500, code: "ServiceException", message: "Internal error" },
  },
  deny: {
    s3: { status: 403, code: "AccessDenied", message: "Access Denied" },
    dynamodb: {
      status: 400,
      code: "com.amazon.coral.service#AccessDeniedException",
      message: "The caller is not authorized to perform this operation.",
    },
    sqs: {
      status: 403,
      code: "com.amazonaws.sqs#AccessDenied",
      message: "The caller is not authorized to perform this operation.",
    },
    lambda: { status: 403, code: "AccessDeniedException", message: "Forbidden" },
  },
} as const;

/** Those whose calls can meet a fault. */
export type DisturbedService = Exclude<Service, "cloudwatch">;

export type Service = "s3" | "dynamodb" | "sqs" | "lambda" | "cloudwatch";

const escape = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Any refusal of the edge itself: `code` is the service's own. */
export function refuse(service: Service, status: number, code: string, message: string): Refusal {
  const requestId = crypto.randomBytes(8).toString("hex").toUpperCase();
  if (service === "s3") {
    return {
      status,
      headers: { "content-type": "application/xml", "x-amz-request-id": requestId },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escape(code)}</Code><Message>${escape(message)}</Message><RequestId>${requestId}</RequestId></Error>`,
    };
  }
  return {
    status,
    headers: { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": requestId },
    body: JSON.stringify({ __type: code, message }),
  };
}

/**
 * Refuses a request for a service that offline does not have, so that its client can read why: XML for those that send
 * forms, JSON for others. 501 is a status that SDKs do not try again.
 */
export function refuseService(service: string, contentType = ""): Refusal {
  const code = "NotImplemented";
  const message = `offline does not run "${service}": it has s3, sqs, dynamodb and the URLs of functions.`;
  const refusal = refuse("lambda", 501, code, message);
  if (!contentType.startsWith("application/x-www-form-urlencoded")) {
    return { ...refusal, headers: { ...refusal.headers, "x-amzn-errortype": code } };
  }
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escape(message)}</Message></Error>`;
  return {
    ...refusal,
    headers: { ...refusal.headers, "content-type": "text/xml" },
    body: `<?xml version="1.0"?>\n<ErrorResponse>${error}</ErrorResponse>`,
  };
}

/** How a service refuses when it is throttled, broken, or told to. */
export function refuseForFault(
  kind: "throttle" | "error" | "deny",
  service: DisturbedService,
): Refusal {
  const { status, code, message } = CODES[kind][service];
  return refuse(service, status, code, message);
}
