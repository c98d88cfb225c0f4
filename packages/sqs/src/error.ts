import {
  MAX_BATCH_BYTES,
  MAX_BATCH_ENTRIES,
  MAX_BATCH_ID_LENGTH,
  NAME_REUSE_SECONDS,
  PURGE_INTERVAL_SECONDS,
} from "./limits.ts";

/** An error that SQS returns to a client. */
export class SqsError extends Error {
  override readonly name = "SqsError";
  /** Its code in the Query protocol, which the JSON protocol repeats in `x-amzn-query-error`. */
  readonly code: string;
  /** Its name in the JSON protocol. */
  readonly shape: string;
  /** The HTTP status. */
  readonly status: number;
  /** Whether the same request may succeed later. */
  readonly retry: boolean;

  constructor(
    shape: string,
    message: string,
    options: { code?: string; status?: number; retry?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.shape = shape;
    this.code = options.code ?? shape;
    this.status = options.status ?? 400;
    this.retry = options.retry ?? false;
  }
}

// Codes and statuses: the `error` traits of the SQS model in the SDKs (2012-11-05). Messages: as
// SQS words them.
const namespaced = (shape: string) => `AWS.SimpleQueueService.${shape}`;

export const missingParameter = (name: string) =>
  new SqsError(
    "MissingRequiredParameterException",
    `The request must contain the parameter ${name}.`,
    { code: "MissingParameter" },
  );

export const invalidParameter = (message: string, cause?: unknown) =>
  new SqsError("InvalidParameterValueException", message, {
    code: "InvalidParameterValue",
    cause,
  });

export const invalidValue = (name: string, value: unknown, reason: string, cause?: unknown) =>
  invalidParameter(
    `Value ${String(value)} for parameter ${name} is invalid. Reason: ${reason}`,
    cause,
  );

export const invalidAttributeName = (message: string) =>
  new SqsError("InvalidAttributeName", message);

export const unknownAttribute = (name: string) =>
  invalidAttributeName(`Unknown Attribute ${name}.`);

export const invalidAttributeValue = (name: string, reason?: string) =>
  new SqsError(
    "InvalidAttributeValue",
    `Invalid value for the parameter ${name}.${reason === undefined ? "" : ` Reason: ${reason}`}`,
  );

export const queueDoesNotExist = () =>
  new SqsError("QueueDoesNotExist", "The specified queue does not exist.", {
    code: namespaced("NonExistentQueue"),
  });

export const invalidAddress = (address: string) =>
  new SqsError("InvalidAddress", `The address ${address} is not valid for this endpoint.`, {
    status: 404,
  });

export const unsupportedOperation = (message: string) =>
  new SqsError("UnsupportedOperation", message, { code: namespaced("UnsupportedOperation") });

export const resourceNotFound = (message: string) =>
  new SqsError("ResourceNotFoundException", message, { status: 404 });

export const overLimit = (message: string) =>
  new SqsError("OverLimit", message, { status: 403, retry: true });

export const invalidReceipt = (handle: string) =>
  new SqsError(
    "ReceiptHandleIsInvalid",
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
  );

export const queueNameExists = (attribute: string) =>
  new SqsError(
    "QueueNameExists",
    `A queue already exists with the same name and a different value for attribute ${attribute}`,
    { code: "QueueAlreadyExists" },
  );

export const queueDeletedRecently = () =>
  new SqsError(
    "QueueDeletedRecently",
    `You must wait ${NAME_REUSE_SECONDS} seconds after deleting a queue before you can create another with the same name.`,
    { code: namespaced("QueueDeletedRecently"), retry: true },
  );

export const purgeInProgress = (name: string) =>
  new SqsError(
    "PurgeQueueInProgress",
    `Only one PurgeQueue operation on ${name} is allowed every ${PURGE_INTERVAL_SECONDS} seconds.`,
    { code: namespaced("PurgeQueueInProgress"), status: 403, retry: true },
  );

export const emptyBatch = (entry: string) =>
  new SqsError("EmptyBatchRequest", `There should be at least one ${entry} in the request.`, {
    code: namespaced("EmptyBatchRequest"),
  });

export const tooManyEntries = (count: number) =>
  new SqsError(
    "TooManyEntriesInBatchRequest",
    `Maximum number of entries per request are ${MAX_BATCH_ENTRIES}. You have sent ${count}.`,
    { code: namespaced("TooManyEntriesInBatchRequest") },
  );

export const invalidBatchEntryId = () =>
  new SqsError(
    "InvalidBatchEntryId",
    `A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most ${MAX_BATCH_ID_LENGTH} letters long.`,
    { code: namespaced("InvalidBatchEntryId") },
  );

export const batchEntryIdsNotDistinct = (id: string) =>
  new SqsError("BatchEntryIdsNotDistinct", `Id ${id} repeated.`, {
    code: namespaced("BatchEntryIdsNotDistinct"),
  });

export const batchRequestTooLong = (size: number) =>
  new SqsError(
    "BatchRequestTooLong",
    `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${size} bytes.`,
    { code: namespaced("BatchRequestTooLong") },
  );

export const invalidMessageContents = (character: string) =>
  new SqsError(
    "InvalidMessageContents",
    `Invalid binary character '${character}' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF`,
  );

export const invalidAction = (operation: string) =>
  new SqsError(
    "UnknownOperationException",
    `The action ${operation} is not valid for this endpoint.`,
    { code: "InvalidAction" },
  );

export const malformed = (message: string, cause?: unknown) =>
  new SqsError("SerializationException", message, { code: "MalformedInput", cause });
