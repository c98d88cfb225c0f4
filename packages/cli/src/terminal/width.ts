import stringWidth from "string-width";

const ELLIPSIS = "…";
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Returns the columns of the terminal; undefined if standard output is not one. */
export const windowWidth = (): number | undefined =>
  process.stdout.isTTY ? process.stdout.columns || 80 : undefined;

/** Returns the columns that a text takes: wide characters take two, combining marks none. */
export const widthOf = (text: string): number => stringWidth(text);

/** Shortens a text to `columns`, with an ellipsis in the middle. */
export function fit(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (widthOf(text) <= columns) return text;
  if (columns === 1) return ELLIPSIS;
  const characters = Array.from(graphemes.segment(text), ({ segment }) => segment);
  const left = take(characters, Math.ceil((columns - 1) / 2));
  const right = take(characters.toReversed(), columns - 1 - widthOf(left.join("")));
  return [...left, ELLIPSIS, ...right.toReversed()].join("");
}

/** Returns the first characters that fit. */
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

/** Breaks a text into lines of at most `columns`, at spaces, or within a word that is wider than a line. */
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
      // A character that is wider than a line has a line to itself.
      const head = take(characters, columns).join("") || (characters[0] ?? "");
      if (head === line) break;
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  return [...lines, line];
}

/** Pads a text with spaces to `columns`. */
export function pad(text: string, columns: number, align: "left" | "right" = "left"): string {
  const blanks = " ".repeat(Math.max(0, columns - widthOf(text)));
  return align === "left" ? text + blanks : blanks + text;
}
