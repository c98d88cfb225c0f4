/** `=?charset?encoding?text?=`, where RFC 2231 allows a language after the charset: `utf-8*en`. */
const ENCODED_WORD = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([BbQq])\?([^?\s]*)\?=/g;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const QUOTED = /^(?:[^=]|=[0-9A-Fa-f]{2})*$/;

/** Encoded words with only white space between them, all of one charset: decoded as one text. */
interface Run {
  readonly charset: string;
  readonly bytes: Buffer;
  /** As it stood in the value, to fall back on. */
  readonly source: string;
}

/**
 * Decodes the RFC 2047 encoded words of a header value, in which S3 returns user metadata that is
 * not ASCII (Amazon S3 User Guide, "User-defined object metadata").
 *
 * White space between two encoded words is no part of the value, and a character may be split
 * between words of one charset. What is malformed or of an unknown charset stays as it is.
 */
export function decodeEncodedWords(value: string): string {
  if (!value.includes("=?")) return value;

  let decoded = "";
  let run: Run | undefined;
  let end = 0;
  for (const match of value.matchAll(ENCODED_WORD)) {
    const [source, label = "", encoding = "", text = ""] = match;
    const gap = value.slice(end, match.index);
    end = match.index + source.length;

    const charset = label.toLowerCase();
    const bytes = encoding.toUpperCase() === "B" ? fromBase64(text) : fromQuoted(text);
    const word = bytes && { charset, bytes, source };
    const adjacent = run !== undefined && /^[ \t]*$/.test(gap);
    if (run && word && adjacent && run.charset === charset) {
      run = {
        charset,
        bytes: Buffer.concat([run.bytes, word.bytes]),
        source: run.source + gap + source,
      };
      continue;
    }
    const before = run && textOf(run);
    decoded += before ?? run?.source ?? "";
    const dropGap = adjacent && before !== undefined && word !== undefined;
    if (!dropGap) decoded += gap;
    run = word;
    if (!word) decoded += source;
  }
  if (run) decoded += textOf(run) ?? run.source;
  return decoded + value.slice(end);
}

function textOf({ charset, bytes }: Run): string | undefined {
  // The Encoding Standard takes this label for windows-1252.
  if (charset === "iso-8859-1") return bytes.toString("latin1");
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    // A RangeError for an unknown charset, a TypeError for bytes that are not of it.
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function fromBase64(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
}

function fromQuoted(text: string): Buffer | undefined {
  if (!QUOTED.test(text)) return undefined;
  const spaced = text.replaceAll("_", " ");
  return Buffer.from(
    spaced.replaceAll(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    "latin1",
  );
}
