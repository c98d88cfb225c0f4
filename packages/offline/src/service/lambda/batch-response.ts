import type { Message } from "@aws-sdk/client-sqs";
import * as z from "zod";

import type { Outcome } from "./runtime-api.ts";

const HandlerResponse = z.nullable(
  z.looseObject({
    batchItemFailures: z.nullish(z.array(z.object({ itemIdentifier: z.string().min(1) }))),
  }),
);

/**
 * Returns the messages of a batch that must be retried (Lambda Developer Guide, "Implementing
 * partial batch responses"). These are all messages if the function failed, or if its response is
 * not valid or names an unknown message. There are none if the response, or its list, is empty.
 */
export function failedOf(
  batch: Message[],
  outcome: Outcome,
  partialResponses: boolean,
): ReadonlySet<Message> {
  const all = new Set(batch);
  if (!outcome.ok) return all;
  if (!partialResponses) return new Set();
  const ids = failedIdsIn(outcome.payload);
  if (ids === undefined) return all;
  // A message that was received twice within one window is in the batch twice.
  const failed = batch.filter(({ MessageId }) => MessageId !== undefined && ids.has(MessageId));
  return new Set(failed.map(({ MessageId }) => MessageId)).size === ids.size
    ? new Set(failed)
    : all;
}

/**
 * Returns the index of the first record that must be retried in a batch of a stream, from its sequence
 * number, or undefined for a complete success (Lambda Developer Guide, "Configuring partial batch
 * response with DynamoDB and Lambda"). It is 0 if the function failed, or if its response is not valid or
 * names an unknown record.
 */
export function firstFailed(
  sequenceNumbers: readonly string[],
  outcome: Outcome,
  partialResponses: boolean,
): number | undefined {
  if (!outcome.ok) return 0;
  const ids = partialResponses ? failedIdsIn(outcome.payload) : new Set<string>();
  if (ids === undefined) return 0;
  const indexes = [...ids].map((id) => sequenceNumbers.indexOf(id));
  // Also 0 for an unknown record, whose index is -1.
  return indexes.length === 0 ? undefined : Math.max(0, Math.min(...indexes));
}

/** Returns the failed items of a response, or undefined for one that is not valid. */
function failedIdsIn(payload: string): ReadonlySet<string> | undefined {
  const response = HandlerResponse.safeParse(jsonOf(payload));
  if (!response.success) return undefined;
  const failures = response.data?.batchItemFailures ?? [];
  return new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
}

/** Returns null for an empty response, and undefined for one that is not JSON. */
function jsonOf(payload: string): unknown {
  if (payload.trim() === "") return null;
  try {
    return JSON.parse(payload);
  } catch {
    return undefined; // Lambda treats it as a failure
  }
}
