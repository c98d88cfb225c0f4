import { InputError } from "../error.ts";

/** The longest object key, in bytes of UTF-8 (Amazon S3 User Guide, "Naming Amazon S3 objects"). */
export const MAX_KEY_BYTES = 1024;

/**
 * Decodes the object key of a notification, which S3 form-encodes: a space is sent as `+`, and a
 * plus sign as `%2B`, so `+` must go before the percent escapes. Nothing else is changed.
 *
 * Throws an `InputError` if an escape is malformed, or the result is not UTF-8 or no possible key.
 */
export function decodeKey(encoded: string): string {
  const key = percentDecode(encoded.replaceAll("+", " "));
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
      "The object key has a malformed percent escape, or one that is not UTF-8.",
      { cause: error },
    );
  }
}
