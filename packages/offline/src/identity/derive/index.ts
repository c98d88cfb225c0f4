import { deriveDynamoDb, type Tables } from "./dynamodb.ts";
import {
  isBody,
  UnknownRequest,
  type Body,
  type Derivation,
  type Place,
  type Requirement,
} from "./requirement.ts";
import { deriveSqs, type Queues } from "./sqs.ts";

export type { Derivation, Place, Requirement } from "./requirement.ts";
export { functionUrlRequirements } from "./lambda.ts";

/** A call of a service that speaks AWS's JSON protocol. */
export interface JsonCall {
  /** The header `X-Amz-Target`, such as `DynamoDB_20120810.GetItem`. */
  target: string;
  /** The parsed body. */
  body: unknown;
}

/** What a request does not say and AWS knows; what is left out is decided against the caller. */
export type Knowledge = Tables & Queues;

/**
 * What a call of DynamoDB or SQS does, as IAM actions on resources (Service Authorization Reference, "API operations defined
 * by Amazon DynamoDB" and "… by Amazon SQS"). A call that is not known, or malformed, derives nothing and is to be denied;
 * PartiQL is among them.
 */
export function derive(call: JsonCall, place: Place, knowledge: Knowledge = {}): Derivation {
  const [service = "", operation = ""] = call.target.split(".", 2);
  try {
    if (!isBody(call.body)) throw new UnknownRequest("the body is no JSON object");
    const requirements = requirementsOf(service, operation, call.body, place, knowledge);
    // Nothing would be allowed by anything.
    if (requirements.length === 0) throw new UnknownRequest("the call asks for nothing");
    return { ok: true, requirements };
  } catch (error) {
    if (!(error instanceof UnknownRequest)) throw error;
    return { ok: false, problem: `${JSON.stringify(call.target)}: ${error.message}` };
  }
}

function requirementsOf(
  service: string,
  operation: string,
  body: Body,
  place: Place,
  knowledge: Knowledge,
): Requirement[] {
  if (service === "DynamoDB_20120810") return deriveDynamoDb(operation, body, place, knowledge);
  if (service === "AmazonSQS") return deriveSqs(operation, body, place, knowledge);
  throw new UnknownRequest("no such service is known here");
}
