/**
 * The canonical request of Signature Version 4 (IAM User Guide, "Create a signed AWS API request"). All text holds one
 * character per byte, as Node's `req.url` and `req.rawHeaders` do.
 */

/** Every byte but A-Z a-z 0-9 - . _ ~ in percent-encoding, with upper-case digits; an existing escape is kept as one. */
function encode(text: string, options: { keepEscapes: boolean; keepSlash: boolean }): string {
  return text.replaceAll(/%[0-9A-Fa-f]{2}|[^]/g, (found) => {
    if (found.length === 3) {
      return options.keepEscapes
        ? encodeByte(Number.parseInt(found.slice(1), 16))
        : `%25${found.slice(1)}`;
    }
    if (found === "/" && options.keepSlash) return found;
    const code = found.charCodeAt(0);
    return code <= 0xff
      ? encodeByte(code)
      : Buffer.from(found).reduce((all, byte) => all + encodeByte(byte), "");
  });
}

function encodeByte(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9._~-]/.test(char)
    ? char
    : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/**
 * S3 takes a path as it is, encoded once (Amazon S3 API Reference, "Signature Calculations for the Authorization Header"): a
 * key may be "a/../b" or "a//b". The other services resolve such segments, and encode what came encoded again.
 */
export function canonicalPath(path: string, isS3: boolean): string {
  if (isS3) return encode(path, { keepEscapes: true, keepSlash: true });
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const end = segments.length > 0 && path.endsWith("/") ? "/" : "";
  return encode(`/${segments.join("/")}${end}`, { keepEscapes: false, keepSlash: true });
}

/** Names and values in percent-encoding, in the order of their bytes, without the signature itself. */
export function canonicalQuery(query: string): string {
  const part = (text: string) =>
    encode(text.replaceAll("+", "%20"), { keepEscapes: true, keepSlash: false });
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals < 0
        ? { name: part(pair), value: "" }
        : { name: part(pair.slice(0, equals)), value: part(pair.slice(equals + 1)) };
    })
    .filter(({ name }) => name !== "X-Amz-Signature")
    .toSorted((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join("&");
}

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** Headers by lower-case name, each with its values in the order in which they came. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/** @param raw names and values in turn, as in Node's `req.rawHeaders` */
export function headersOf(raw: readonly string[]): Headers {
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), raw[at + 1] ?? ""]);
  }
  return headers;
}

/** The signed headers, one per line, their spaces collapsed. A header that is not there counts as empty. */
export function canonicalHeaders(headers: Headers, signed: readonly string[]): string {
  return signed
    .map((name) => {
      const values = (headers.get(name) ?? []).map((value) =>
        value.replaceAll(/[\t\n\r ]+/g, " ").trim(),
      );
      return `${name}:${values.join(",")}\n`;
    })
    .join("");
}
