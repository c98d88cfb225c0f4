import { byteLength, type Json } from "../json.ts";
import { MAX_PAYLOAD_BYTES } from "../limits.ts";
import { DATA_LIMIT_EXCEEDED, StateFailure } from "./failure.ts";

/**
 * Returns the value. Throws `StateFailure` States.DataLimitExceeded if it is larger than the payload
 * limit. `subject` is the name of the state or task.
 */
export function withinLimit(value: Json, subject: string): Json {
  if (byteLength(value) <= MAX_PAYLOAD_BYTES) return value;
  throw new StateFailure(
    DATA_LIMIT_EXCEEDED,
    `The state/task '${subject}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}
