/**
 * Encodes a key as S3 does in event notifications and in lists with `encoding-type=url`: as
 * `application/x-www-form-urlencoded`, except that "/" is not encoded.
 */
export function formEncode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll("%20", "+")
    .replaceAll("%2F", "/")
    .replaceAll("!", "%21")
    .replaceAll("'", "%27")
    .replaceAll("(", "%28")
    .replaceAll(")", "%29")
    .replaceAll("~", "%7E");
}

/**
 * Percent-decodes `text` once as UTF-8, and keeps "+". Returns undefined if the result is not
 * UTF-8.
 */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes `bytes`. Returns undefined if they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

const LATIN1_HIGH = /[\u0080-\u00ff]/;

/**
 * Decodes a header value or a request target. Node decodes their bytes as Latin-1. Most clients of
 * AWS send UTF-8. Text that is not UTF-8 is returned as it is.
 */
export function fromWire(text: string): string {
  if (!LATIN1_HIGH.test(text)) return text;
  return decodeUtf8(Buffer.from(text, "latin1")) ?? text;
}

const BEYOND_ASCII = /[\u0080-\uffff]/;

/** The inverse of `fromWire`, for header values. */
export function toWire(text: string): string {
  return BEYOND_ASCII.test(text) ? Buffer.from(text).toString("latin1") : text;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Decodes strict base64. Returns undefined if `text` is not base64. */
export function decodeBase64(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
}
