import { InputError } from "../error.ts";
import { MAX_KEY_BYTES } from "../limits.ts";

/**
 * Decodes the object key of a notification. S3 form-encodes it: a space is sent as `+` and a plus sign
 * as `%2B`, so `+` is replaced before the percent escapes.
 *
 * Throws an `InputError` if an escape is malformed, or if the result is not UTF-8 or not a valid length.
 */
export function decodeKey(encoded: string): string {
  return checkKey(percentDecode(encoded.replaceAll("+", " ")));
}

/** Returns a key that is not encoded. Throws an `InputError` if it is not UTF-8 or not a valid length. */
export function checkKey(key: string): string {
  if (!key.isWellFormed()) {
    throw new InputError("notification.bad_key", "The object key is not valid Unicode.");
  }
  if (key === "" || Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new InputError(
      "notification.bad_key",
      `The object key must have 1 to ${MAX_KEY_BYTES} bytes.`,
    );
  }
  return key;
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new InputError(
      "notification.bad_key",
      "The object key has a malformed percent escape or is not valid UTF-8.",
      { cause: error },
    );
  }
}
