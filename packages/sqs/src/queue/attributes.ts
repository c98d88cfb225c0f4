import {
  invalidAttributeName,
  invalidAttributeValue,
  invalidParameter,
  unknownAttribute,
  unsupportedOperation,
} from "../error.ts";
import { isInput } from "../input.ts";

/** The largest message, and the largest batch, that SQS takes: 1 MiB. */
export const MAX_BYTES = 1_048_576;

/** What a queue does, read from its attributes. Times are in milliseconds. */
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

// Ranges and defaults: "SetQueueAttributes" in the SQS API reference.
const NUMBERS: Record<string, { min: number; max: number; initial: number }> = {
  DelaySeconds: { min: 0, max: 900, initial: 0 },
  MaximumMessageSize: { min: 1024, max: MAX_BYTES, initial: MAX_BYTES },
  MessageRetentionPeriod: { min: 60, max: 1_209_600, initial: 345_600 },
  ReceiveMessageWaitTimeSeconds: { min: 0, max: 20, initial: 0 },
  VisibilityTimeout: { min: 0, max: 43_200, initial: 30 },
  KmsDataKeyReusePeriodSeconds: { min: 60, max: 86_400, initial: 300 },
};

const FIFO_ONLY = new Set([
  "FifoQueue",
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoThroughputLimit",
]);

/** What a queue has that nobody has said anything about. */
export const DEFAULT_ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ...["VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "DelaySeconds"].map(
    (name): [string, string] => [name, String(NUMBERS[name]?.initial)],
  ),
  ["ReceiveMessageWaitTimeSeconds", "0"],
  ["SqsManagedSseEnabled", "true"],
]);

/**
 * Puts `changes` over `current`, as SetQueueAttributes does: an empty policy takes the policy away.
 *
 * @throws SqsError `InvalidAttributeName`, `InvalidAttributeValue`, `InvalidParameterValue`; `UnsupportedOperation` for
 * what only FIFO queues have, which are not run here.
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
      `The attribute ${name} is for FIFO queues, and only standard queues are run offline.`,
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
  const refuse = (reason: string) =>
    invalidParameter(`Value ${text} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  const policy = parseJson("RedrivePolicy", text);
  if (!isInput(policy)) throw refuse("Redrive policy is not a valid JSON map.");
  const targetArn = policy["deadLetterTargetArn"];
  if (typeof targetArn !== "string") {
    throw refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  }
  // Terraform and Pulumi write the number as a string; SQS takes both.
  const given = policy["maxReceiveCount"];
  if (given === undefined) {
    throw refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  }
  const maxReceiveCount =
    typeof given === "string" && /^\d{1,4}$/.test(given) ? Number(given) : given;
  if (
    typeof maxReceiveCount !== "number" ||
    !Number.isInteger(maxReceiveCount) ||
    maxReceiveCount < 1 ||
    maxReceiveCount > 1000
  ) {
    throw refuse("Invalid value for maxReceiveCount: it must be from 1 to 1000.");
  }
  return { targetArn, maxReceiveCount };
}

function parseRedriveAllow(text: string): RedriveAllowPolicy {
  const name = "RedriveAllowPolicy";
  const policy = parseJson(name, text);
  if (!isInput(policy)) throw invalidAttributeValue(name, "it is not a JSON map.");
  const permission = policy["redrivePermission"] ?? "allowAll";
  const sources = policy["sourceQueueArns"];
  if (permission !== "allowAll" && permission !== "denyAll" && permission !== "byQueue") {
    throw invalidAttributeValue(name, "redrivePermission is allowAll, denyAll or byQueue.");
  }
  if (permission !== "byQueue") {
    if (sources === undefined) return { permission, sourceArns: [] };
    throw invalidAttributeValue(name, "sourceQueueArns goes with the permission byQueue only.");
  }
  if (!Array.isArray(sources) || sources.length === 0 || sources.length > 10) {
    throw invalidAttributeValue(name, "byQueue needs sourceQueueArns, 1 to 10 of them.");
  }
  const sourceArns = sources.filter((arn: unknown) => typeof arn === "string");
  if (sourceArns.length !== sources.length) {
    throw invalidAttributeValue(name, "sourceQueueArns is a list of strings.");
  }
  return { permission, sourceArns };
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (name === "RedrivePolicy") {
      throw invalidParameter(
        `Value ${text} for parameter RedrivePolicy is invalid. Reason: Redrive policy is not a valid JSON map.`,
        cause,
      );
    }
    throw invalidAttributeValue(name, "it is not JSON.");
  }
}
