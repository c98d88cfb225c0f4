/** Decides whether a text fits a pattern. */
export type Matcher = (text: string) => boolean;

/**
 * Compiles a pattern in which `*` stands for any text, also none, and `?` for one character (a code
 * point); everything else stands for itself.
 *
 * It takes one step for each character of the text, of as many words as the pattern has times 32
 * characters, whatever either of them is: all places of the pattern at which the text so far could
 * stand are kept as bits and moved on together.
 */
export function glob(pattern: string): Matcher {
  const { places, stars, anyone, exact } = compile(pattern);
  const words = Math.ceil((places + 1) / 32);

  return (text) => {
    let standing = new Uint32Array(words);
    let next = new Uint32Array(words);
    standing[0] = 1;
    for (const character of text) {
      const fits = exact.get(character) ?? anyone;
      let carry = 0;
      let alive = 0;
      for (let word = 0; word < words; word++) {
        const here = standing[word] ?? 0;
        const moved = here & (fits[word] ?? 0);
        // A place that fits moves on by one; one that stands at a star stays as well.
        const reached = ((moved << 1) | carry | (here & (stars[word] ?? 0))) >>> 0;
        carry = moved >>> 31;
        next[word] = reached;
        alive |= reached;
      }
      if (alive === 0) return false;
      [standing, next] = [next, standing];
    }
    return hasBit(standing, places);
  };
}

interface Compiled {
  /** How many characters the text must have at least; a place is how many of them are behind. */
  readonly places: number;
  /** The places at which a star stands. */
  readonly stars: Uint32Array;
  /** The places whose next character may be any. */
  readonly anyone: Uint32Array;
  /** For each character of the pattern, the places whose next character may be this one. */
  readonly exact: ReadonlyMap<string, Uint32Array>;
}

function compile(pattern: string): Compiled {
  const steps = Array.from(pattern.replaceAll(/\*+/g, "*"));
  const places = steps.filter((step) => step !== "*").length;
  const empty = () => new Uint32Array(Math.ceil((places + 1) / 32));
  const stars = empty();
  const anyone = empty();
  let place = 0;
  for (const step of steps) {
    if (step === "*") setBit(stars, place);
    else {
      if (step === "?") setBit(anyone, place);
      place += 1;
    }
  }
  const exact = new Map<string, Uint32Array>();
  place = 0;
  for (const step of steps) {
    if (step === "*") continue;
    if (step !== "?") {
      const fits = exact.get(step) ?? anyone.slice();
      setBit(fits, place);
      exact.set(step, fits);
    }
    place += 1;
  }
  return { places, stars, anyone, exact };
}

function setBit(bits: Uint32Array, place: number): void {
  const word = place >>> 5;
  bits[word] = (bits[word] ?? 0) | (1 << (place & 31));
}

function hasBit(bits: Uint32Array, place: number): boolean {
  return (((bits[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1;
}
