import { MAX_KEY_BYTES } from "../limits.ts";

/**
 * Compares two strings by their UTF-8 bytes, the order in which S3 lists keys and DynamoDB sorts them.
 *
 * JavaScript compares UTF-16 code units: a character above U+FFFF begins with a surrogate and so sorts
 * before U+E000 to U+FFFF.
 */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** The rank of a code unit in code point order: surrogates come last. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The last possible object key, in byte order, that begins with `prefix`. */
export function lastKeyWith(prefix: string): string {
  let room = MAX_KEY_BYTES - Buffer.byteLength(prefix);
  let key = prefix;
  // The greatest character of 4 bytes, then the greatest one of the remaining length.
  key += "\u{10FFFF}".repeat(Math.floor(room / 4));
  room %= 4;
  return key + (["", "\u007F", "\u07FF", "\uFFFF"][room] ?? "");
}
