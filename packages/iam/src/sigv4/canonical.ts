/**
 * The canonical request of Signature Version 4 (IAM User Guide, "Create a signed AWS API request").
 * All text has one character per byte, as Node's `req.url` and `req.rawHeaders` do.
 */

/**
 * Percent-encodes every byte except A-Z a-z 0-9 - . _ ~ with upper-case digits. `keepEscapes` keeps
 * existing escapes.
 */
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
 * The canonical path. S3 uses the path as it is, encoded once (Amazon S3 API Reference, "Signature
 * Calculations for the Authorization Header"): a key may be "a/../b" or "a//b". Other services
 * normalize the path and encode it a second time.
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

/**
 * The canonical query: names and values percent-encoded, sorted by bytes, without the signature.
 */
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

/** Headers by lower-case name, each with its values in order of arrival. */
export type HeaderValues = ReadonlyMap<string, readonly string[]>;

/** Collects headers from alternating names and values, as in Node's `req.rawHeaders`. */
export function headersOf(raw: readonly string[]): HeaderValues {
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), raw[at + 1] ?? ""]);
  }
  return headers;
}

/** The signed headers, one per line, with spaces collapsed. A missing header has an empty value. */
export function canonicalHeaders(headers: HeaderValues, signed: readonly string[]): string {
  return signed
    .map((name) => {
      const values = (headers.get(name) ?? []).map((value) =>
        value.replaceAll(/[\t\n\r ]+/g, " ").trim(),
      );
      return `${name}:${values.join(",")}\n`;
    })
    .join("");
}
