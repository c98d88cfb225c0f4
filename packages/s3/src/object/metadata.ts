import { decodeBase64 } from "../encoding.ts";
import { S3Error } from "../error.ts";
import { MAX_METADATA_BYTES } from "../limits.ts";
import type { S3Request } from "../request.ts";

const PREFIX = "x-amz-meta-";

/**
 * Reads the user metadata of a request, by lower-case name. Throws `MetadataTooLarge` above 2 KB.
 */
export function readMetadata(request: S3Request): Record<string, string> {
  // Without a prototype: a client can choose the name `__proto__`.
  const metadata = Object.create(null) as Record<string, string>;
  let bytes = 0;
  for (const header of request.headerNames(PREFIX)) {
    const name = header.slice(PREFIX.length);
    if (name === "") continue;
    const value = decodeWords(request.header(header) ?? "");
    metadata[name] = value;
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes > MAX_METADATA_BYTES) {
    throw new S3Error("MetadataTooLarge", {
      details: { Size: String(bytes), MaxSizeAllowed: String(MAX_METADATA_BYTES) },
    });
  }
  return metadata;
}

/**
 * Returns the response headers for user metadata, with RFC 2047 encoded words for non-ASCII values.
 */
export function metadataHeaders(
  metadata: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) headers[PREFIX + name] = encodeWords(value);
  return headers;
}

const WORD = /=\?([A-Za-z0-9_-]+)\?([bBqQ])\?([^?]*)\?=/g;
const BETWEEN_WORDS = /(\?=)\s+(?==\?)/g;

/**
 * Decodes RFC 2047 encoded words. S3 decodes a value before it stores it, and encodes it in
 * responses
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata).
 */
export function decodeWords(text: string): string {
  if (!text.includes("=?")) return text;
  return text
    .replace(BETWEEN_WORDS, "$1")
    .replace(WORD, (word, charset: string, encoding: string, encoded: string) => {
      if (charset.toLowerCase() !== "utf-8") return word;
      if (encoding.toLowerCase() === "b") return decodeBase64(encoded)?.toString() ?? word;
      return decodeQ(encoded);
    });
}

function decodeQ(encoded: string): string {
  const bytes = encoded
    .replaceAll("_", " ")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(bytes, "latin1").toString();
}

const PRINTABLE = /^[\u0020-\u007e]*$/;
const PLAIN = /^[\t\n\r\u0020-\u007e]$/;
/** An encoded word has at most 75 characters, including 12 of delimiters. */
const MAX_ENCODED = 63;

/**
 * Encodes text as JavaMail does, which S3 uses: with Q if most of the text is ASCII, otherwise with
 * B.
 */
export function encodeWords(text: string): string {
  if (PRINTABLE.test(text)) return text;
  const characters = Array.from(text);
  const plain = characters.filter((character) => PLAIN.test(character)).length;
  const quoted = plain > characters.length - plain;
  const encode = quoted ? encodeQ : encodeB;
  const frame = quoted ? "=?UTF-8?Q?" : "=?UTF-8?B?";
  const words: string[] = [];
  let word = "";
  for (const character of characters) {
    if (word !== "" && encode(word + character).length > MAX_ENCODED) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  words.push(word);
  return words.map((content) => `${frame}${encode(content)}?=`).join(" ");
}

function encodeB(text: string): string {
  return Buffer.from(text).toString("base64");
}

function encodeQ(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    if (character === " ") encoded += "_";
    else if (/[!-<>@-^`-~]/.test(character)) encoded += character;
    else encoded += `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
