/** `=?charset?encoding?text?=`, where RFC 2231 allows a language after the charset: `utf-8*en`. */
const ENCODED_WORD = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([BbQq])\?([^?\s]*)\?=/g;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const QUOTED = /^(?:[^=]|=[0-9A-Fa-f]{2})*$/;

interface Word {
  /** The text between the previous word and this one. */
  readonly gap: string;
  /** The undecoded word. */
  readonly source: string;
  readonly charset: string;
  /** Undefined if the word is malformed. */
  readonly bytes: Buffer | undefined;
}

interface Piece {
  readonly gap: string;
  readonly text: string;
  readonly decoded: boolean;
}

/**
 * Decodes the RFC 2047 encoded words of a header value. S3 returns user metadata that is not ASCII in
 * this form (Amazon S3 User Guide, "User-defined object metadata").
 *
 * White space between two encoded words is not part of the value, and a character can be split between
 * words of one charset. Malformed words and unknown charsets are left as they are.
 */
export function decodeEncodedWords(value: string): string {
  if (!value.includes("=?")) return value;

  const { words, rest } = split(value);
  let text = "";
  let afterDecoded = false;
  for (const piece of runsOf(words).flatMap(decodeRun)) {
    const between = afterDecoded && piece.decoded && isBlank(piece.gap) ? "" : piece.gap;
    text += between + piece.text;
    afterDecoded = piece.decoded;
  }
  return text + rest;
}

/** The encoded words of a value, and the text after the last one. */
function split(value: string): { words: Word[]; rest: string } {
  let end = 0;
  const words = [...value.matchAll(ENCODED_WORD)].map((match): Word => {
    const [source, charset = "", encoding = "", text = ""] = match;
    const gap = value.slice(end, match.index);
    end = match.index + source.length;
    const bytes = encoding.toUpperCase() === "B" ? fromBase64(text) : fromQuoted(text);
    return { gap, source, charset: charset.toLowerCase(), bytes };
  });
  return { words, rest: value.slice(end) };
}

/** Groups words that can share a character. */
function runsOf(words: readonly Word[]): Word[][] {
  const runs: Word[][] = [];
  for (const word of words) {
    const run = runs.at(-1);
    if (run && isBlank(word.gap) && run.at(-1)?.charset === word.charset) run.push(word);
    else runs.push([word]);
  }
  return runs;
}

/** Decodes words as one text or, if that fails, one by one. */
function decodeRun(run: readonly Word[]): Piece[] {
  const text = decodeWords(run);
  if (text !== undefined) return [{ gap: run[0]?.gap ?? "", text, decoded: true }];
  return run.map((word) => {
    const alone = decodeWords([word]);
    return { gap: word.gap, text: alone ?? word.source, decoded: alone !== undefined };
  });
}

function decodeWords(words: readonly Word[]): string | undefined {
  const bytes = words.flatMap((word) => word.bytes ?? []);
  const charset = words[0]?.charset;
  if (charset === undefined || bytes.length < words.length) return undefined;
  const joined = Buffer.concat(bytes);
  // The Encoding Standard maps this label to windows-1252.
  if (charset === "iso-8859-1") return joined.toString("latin1");
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(joined);
  } catch (error) {
    // A RangeError for an unknown charset, a TypeError for bytes that are invalid in it.
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function isBlank(gap: string): boolean {
  return /^[ \t]*$/.test(gap);
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
