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
  const response = HandlerResponse.safeParse(jsonOf(outcome.payload));
  if (!response.success) return all;
  const failures = response.data?.batchItemFailures ?? [];
  const ids = new Set<string | undefined>(failures.map(({ itemIdentifier }) => itemIdentifier));
  // A message that was received twice within one window is in the batch twice.
  const failed = batch.filter(({ MessageId }) => ids.has(MessageId));
  return new Set(failed.map(({ MessageId }) => MessageId)).size === ids.size
    ? new Set(failed)
    : all;
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
