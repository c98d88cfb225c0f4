import stringWidth from "string-width";

const ELLIPSIS = "…";
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How wide the window of standard output is; undefined where it is none, and nothing is to be cut. */
export const windowWidth = (): number | undefined =>
  process.stdout.isTTY ? process.stdout.columns || 80 : undefined;

/** Columns that a text takes on a terminal: wide characters take two, marks on others none. */
export const widthOf = (text: string): number => stringWidth(text);

/** The text in so many columns at most; what does not fit is left out in the middle. */
export function fit(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (widthOf(text) <= columns) return text;
  if (columns === 1) return ELLIPSIS;
  const characters = Array.from(graphemes.segment(text), ({ segment }) => segment);
  const left = take(characters, Math.ceil((columns - 1) / 2));
  const right = take(characters.toReversed(), columns - 1 - widthOf(left.join("")));
  return [...left, ELLIPSIS, ...right.toReversed()].join("");
}

/** The first characters that fit. */
function take(characters: readonly string[], columns: number): string[] {
  const taken: string[] = [];
  let width = 0;
  for (const character of characters) {
    width += widthOf(character);
    if (width > columns) break;
    taken.push(character);
  }
  return taken;
}

/** The text in lines of so many columns at most, broken at blanks, and within a word only where it is wider than that. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const [index, word] of text.split(" ").entries()) {
    const longer = index === 0 ? word : `${line} ${word}`;
    if (widthOf(longer) <= columns) {
      line = longer;
      continue;
    }
    if (index > 0) lines.push(line);
    line = word;
    while (widthOf(line) > columns) {
      const characters = Array.from(graphemes.segment(line), ({ segment }) => segment);
      // One that is wider than a whole line has one to itself.
      const head = take(characters, columns).join("") || (characters[0] ?? "");
      if (head === line) break;
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  return [...lines, line];
}

/** The text with blanks to so many columns. */
export function pad(text: string, columns: number, align: "left" | "right" = "left"): string {
  const blanks = " ".repeat(Math.max(0, columns - widthOf(text)));
  return align === "left" ? text + blanks : blanks + text;
}
