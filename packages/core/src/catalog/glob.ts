/** Whether a text matches a pattern. */
export type Matcher = (text: string) => boolean;

/**
 * Compiles a pattern in which `*` matches any text, also an empty one, and `?` matches one character (a
 * code point); every other character matches itself.
 *
 * The matcher simulates a nondeterministic automaton: one bit per state, 32 states per word. Its time is
 * the number of characters of the text times the number of words, for every pattern and text.
 */
export function glob(pattern: string): Matcher {
  const { length, stars, any, exact } = compile(pattern);
  const words = Math.ceil((length + 1) / 32);

  return (text) => {
    let current = new Uint32Array(words);
    let next = new Uint32Array(words);
    current[0] = 1;
    for (const character of text) {
      const accepting = exact.get(character) ?? any;
      let carry = 0;
      let alive = 0;
      for (let word = 0; word < words; word++) {
        const here = current[word] ?? 0;
        const moved = here & (accepting[word] ?? 0);
        // A state that accepts the character advances by one; a state with a star also stays.
        const reached = ((moved << 1) | carry | (here & (stars[word] ?? 0))) >>> 0;
        carry = moved >>> 31;
        next[word] = reached;
        alive |= reached;
      }
      if (alive === 0) return false;
      [current, next] = [next, current];
    }
    return hasBit(current, length);
  };
}

interface Compiled {
  /** Characters of the pattern except stars. State n means that n of them are matched. */
  readonly length: number;
  /** The states at which the pattern has a star. */
  readonly stars: Uint32Array;
  /** The states whose next character can be any. */
  readonly any: Uint32Array;
  /** For each character of the pattern, the states that accept it. */
  readonly exact: ReadonlyMap<string, Uint32Array>;
}

function compile(pattern: string): Compiled {
  const steps = Array.from(pattern.replaceAll(/\*+/g, "*"));
  const length = steps.filter((step) => step !== "*").length;
  const empty = () => new Uint32Array(Math.ceil((length + 1) / 32));
  const stars = empty();
  const any = empty();
  let state = 0;
  for (const step of steps) {
    if (step === "*") setBit(stars, state);
    else {
      if (step === "?") setBit(any, state);
      state += 1;
    }
  }
  const exact = new Map<string, Uint32Array>();
  state = 0;
  for (const step of steps) {
    if (step === "*") continue;
    if (step !== "?") {
      const accepting = exact.get(step) ?? any.slice();
      setBit(accepting, state);
      exact.set(step, accepting);
    }
    state += 1;
  }
  return { length, stars, any, exact };
}

function setBit(bits: Uint32Array, index: number): void {
  const word = index >>> 5;
  bits[word] = (bits[word] ?? 0) | (1 << (index & 31));
}

function hasBit(bits: Uint32Array, index: number): boolean {
  return (((bits[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;
}
