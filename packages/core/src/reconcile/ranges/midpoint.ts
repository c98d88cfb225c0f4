/** The characters that most keys consist of. */
const ASCII_END = 0x7f;
const UNICODE_END = 0x110000;

/** Not characters: UTF-8 cannot encode them. */
const SURROGATES = { first: 0xd800, last: 0xdfff };

/**
 * A text about halfway between two others in the byte order of UTF-8, which is the order of code points;
 * undefined if none was found. `high` undefined stands for the end of all texts.
 */
export function midpoint(low: string, high: string | undefined): string | undefined {
  const [from, to] = [codePointsOf(low), high === undefined ? undefined : codePointsOf(high)];
  const common: number[] = [];
  for (let index = 0; ; index++) {
    const a = from[index] ?? -1;
    // Beyond the end of `high`, every text that begins with it is greater.
    const b = to === undefined ? endAfter(a) : to[index];
    if (b === undefined) return undefined;
    if (a === b) {
      common.push(a);
      continue;
    }
    const middle = halfway(a, b);
    if (middle !== undefined) return String.fromCodePoint(...common, middle);
    if (a < 0) return undefined;
    // `a` and `b` are neighbors: the middle begins with `a`, and is between the rest of `low` and the end.
    const rest = midpoint(String.fromCodePoint(...from.slice(index + 1)), undefined);
    return rest === undefined ? undefined : String.fromCodePoint(...common, a) + rest;
  }
}

const codePointsOf = (text: string): number[] =>
  Array.from(text, (character) => character.codePointAt(0) ?? 0);

const endAfter = (codePoint: number): number => (codePoint < ASCII_END ? ASCII_END : UNICODE_END);

function halfway(a: number, b: number): number | undefined {
  const middle = Math.floor((a + b) / 2);
  const isSurrogate = middle >= SURROGATES.first && middle <= SURROGATES.last;
  const character = isSurrogate ? SURROGATES.last + 1 : middle;
  return character > a && character < b ? character : undefined;
}
