import {
  invalidAttributeName,
  invalidAttributeValue,
  invalidValue,
  unknownAttribute,
  unsupportedOperation,
} from "../error.ts";
import { isInput } from "../input.ts";
import {
  DELAY_SECONDS,
  KMS_KEY_REUSE_SECONDS,
  MAX_RECEIVE_COUNT,
  MAX_REDRIVE_SOURCES,
  MESSAGE_BYTES,
  type Range,
  RETENTION_SECONDS,
  VISIBILITY_SECONDS,
  WAIT_SECONDS,
} from "../limits.ts";

/** The attributes of a queue in the form that the engine uses. Times are in milliseconds. */
export interface QueueSettings {
  visibilityTimeout: number;
  delay: number;
  retention: number;
  wait: number;
  /** In bytes, message attributes included. */
  maximumMessageSize: number;
  redrive?: RedrivePolicy;
  redriveAllow: RedriveAllowPolicy;
  policy?: string;
}

interface RedrivePolicy {
  targetArn: string;
  maxReceiveCount: number;
}

interface RedriveAllowPolicy {
  permission: "allowAll" | "denyAll" | "byQueue";
  sourceArns: string[];
}

// Defaults: "SetQueueAttributes" in the SQS API reference.
const NUMBERS: Record<string, Range & { initial: number }> = {
  DelaySeconds: { ...DELAY_SECONDS, initial: 0 },
  MaximumMessageSize: { ...MESSAGE_BYTES, initial: MESSAGE_BYTES.max },
  MessageRetentionPeriod: { ...RETENTION_SECONDS, initial: 345_600 },
  ReceiveMessageWaitTimeSeconds: { ...WAIT_SECONDS, initial: 0 },
  VisibilityTimeout: { ...VISIBILITY_SECONDS, initial: 30 },
  KmsDataKeyReusePeriodSeconds: { ...KMS_KEY_REUSE_SECONDS, initial: 300 },
};

const FIFO_ONLY = new Set([
  "FifoQueue",
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoThroughputLimit",
]);

/** The attributes of a queue that was created without any. */
export const DEFAULT_ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ...["VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "DelaySeconds"].map(
    (name): [string, string] => [name, String(NUMBERS[name]?.initial)],
  ),
  ["ReceiveMessageWaitTimeSeconds", "0"],
  ["SqsManagedSseEnabled", "true"],
]);

/**
 * Returns `current` with `changes` applied, as SetQueueAttributes does: an empty value removes a
 * policy.
 *
 * Throws `SqsError` `InvalidAttributeName`, `InvalidAttributeValue` or `InvalidParameterValue`;
 * `UnsupportedOperation` for attributes of FIFO queues, which are not supported.
 */
export function changeAttributes(
  current: ReadonlyMap<string, string>,
  changes: ReadonlyMap<string, string>,
): Map<string, string> {
  const attributes = new Map(current);
  for (const [name, value] of changes) {
    check(name, value);
    if (value === "") attributes.delete(name);
    else attributes.set(name, value);
  }
  if (changes.get("SqsManagedSseEnabled") === "true" && (changes.get("KmsMasterKeyId") ?? "")) {
    throw invalidAttributeName(
      "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    );
  }
  if (changes.get("KmsMasterKeyId")) attributes.set("SqsManagedSseEnabled", "false");
  if (changes.get("SqsManagedSseEnabled") === "true") {
    attributes.delete("KmsMasterKeyId");
    attributes.delete("KmsDataKeyReusePeriodSeconds");
  }
  return attributes;
}

function check(name: string, value: string): void {
  const range = NUMBERS[name];
  if (range) {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= range.min && number <= range.max)) throw invalidAttributeValue(name);
    return;
  }
  if (FIFO_ONLY.has(name)) {
    if (name === "FifoQueue" && value !== "true") throw unknownAttribute(name);
    throw unsupportedOperation(
      `The attribute ${name} is for FIFO queues, and only standard queues are supported.`,
    );
  }
  switch (name) {
    case "RedrivePolicy":
      if (value !== "") parseRedrive(value);
      return;
    case "RedriveAllowPolicy":
      if (value !== "") parseRedriveAllow(value);
      return;
    case "Policy":
      if (value !== "" && !isInput(parseJson(name, value))) throw invalidAttributeValue(name);
      return;
    case "SqsManagedSseEnabled":
      if (value !== "true" && value !== "false") throw invalidAttributeValue(name);
      return;
    case "KmsMasterKeyId":
      return;
    default:
      throw unknownAttribute(name);
  }
}

export function settingsOf(attributes: ReadonlyMap<string, string>): QueueSettings {
  const number = (name: string) => Number(attributes.get(name) ?? NUMBERS[name]?.initial);
  const redrive = attributes.get("RedrivePolicy");
  const policy = attributes.get("Policy");
  return {
    visibilityTimeout: number("VisibilityTimeout") * 1000,
    delay: number("DelaySeconds") * 1000,
    retention: number("MessageRetentionPeriod") * 1000,
    wait: number("ReceiveMessageWaitTimeSeconds") * 1000,
    maximumMessageSize: number("MaximumMessageSize"),
    ...(redrive === undefined ? {} : { redrive: parseRedrive(redrive) }),
    redriveAllow: parseRedriveAllow(attributes.get("RedriveAllowPolicy") ?? "{}"),
    ...(policy === undefined ? {} : { policy }),
  };
}

function parseRedrive(text: string): RedrivePolicy {
  const invalid = (reason: string) => invalidValue("RedrivePolicy", text, reason);
  const policy = parseJson("RedrivePolicy", text);
  if (!isInput(policy)) throw invalid("Redrive policy is not a valid JSON map.");
  const targetArn = policy["deadLetterTargetArn"];
  if (typeof targetArn !== "string") {
    throw invalid("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  }
  // Terraform and Pulumi write the number as a string; SQS accepts both.
  const given = policy["maxReceiveCount"];
  if (given === undefined) {
    throw invalid("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  }
  const maxReceiveCount =
    typeof given === "string" && /^\d{1,4}$/.test(given) ? Number(given) : given;
  if (
    typeof maxReceiveCount !== "number" ||
    !Number.isInteger(maxReceiveCount) ||
    maxReceiveCount < MAX_RECEIVE_COUNT.min ||
    maxReceiveCount > MAX_RECEIVE_COUNT.max
  ) {
    throw invalid(
      `Invalid value for maxReceiveCount. It must be from ${MAX_RECEIVE_COUNT.min} to ${MAX_RECEIVE_COUNT.max}.`,
    );
  }
  return { targetArn, maxReceiveCount };
}

function parseRedriveAllow(text: string): RedriveAllowPolicy {
  const name = "RedriveAllowPolicy";
  const policy = parseJson(name, text);
  if (!isInput(policy)) throw invalidAttributeValue(name, "It must be a JSON object.");
  const permission = policy["redrivePermission"] ?? "allowAll";
  const sources = policy["sourceQueueArns"];
  if (permission !== "allowAll" && permission !== "denyAll" && permission !== "byQueue") {
    throw invalidAttributeValue(name, "redrivePermission must be allowAll, denyAll or byQueue.");
  }
  if (permission !== "byQueue") {
    if (sources === undefined) return { permission, sourceArns: [] };
    throw invalidAttributeValue(
      name,
      "sourceQueueArns is allowed only with the permission byQueue.",
    );
  }
  if (!Array.isArray(sources) || sources.length === 0 || sources.length > MAX_REDRIVE_SOURCES) {
    throw invalidAttributeValue(
      name,
      `byQueue requires 1 to ${MAX_REDRIVE_SOURCES} sourceQueueArns.`,
    );
  }
  const sourceArns = sources.filter((arn: unknown) => typeof arn === "string");
  if (sourceArns.length !== sources.length) {
    throw invalidAttributeValue(name, "sourceQueueArns must be a list of strings.");
  }
  return { permission, sourceArns };
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (name === "RedrivePolicy") {
      throw invalidValue(name, text, "Redrive policy is not a valid JSON map.", cause);
    }
    throw invalidAttributeValue(name, "It must be JSON.");
  }
}
