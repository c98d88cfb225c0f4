/**
 * `application/x-www-form-urlencoded`, except that "/" stays as it is: how S3 writes keys in event
 * notifications and in lists with `encoding-type=url`. Letters, digits and `-_.*` stay, a space
 * becomes "+", everything else is percent-encoded UTF-8.
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

/** `text` percent-decoded once as UTF-8 ("+" stays), or undefined where that is impossible. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `bytes` as text, or undefined where they are not UTF-8. */
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
 * Node hands header values and request lines over as Latin-1, one character per byte. Where the bytes
 * are UTF-8, as AWS's clients send them, this gives the text they mean.
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

/** The bytes of strict base64, or undefined where `text` is anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
}
