import { type Cell, cellOf } from "./table.ts";
import { pad, widthOf, windowWidth, wrap } from "./width.ts";

const GAP = "  ";
/** Where a value would have less room beside its name, it stands below it. */
const LEAST = 16;

/** Names, each with its value beside it. Nothing is left out: what does not fit goes on in the next line. */
export function fields(
  rows: readonly (readonly [name: string | Cell, value: string | Cell])[],
  window = windowWidth() ?? Number.POSITIVE_INFINITY,
): string {
  const cells = rows.map(([name, value]) => [cellOf(name), cellOf(value)] as const);
  const width = Math.max(0, ...cells.map(([name]) => widthOf(name.text)));
  const beside = window - width - GAP.length >= LEAST;
  const indent = beside ? " ".repeat(width) + GAP : GAP + GAP;
  const line = ([name, value]: (typeof cells)[number]): string => {
    const { style: styleName = String } = name;
    const { style = String } = value;
    const [first = "", ...others] = wrap(value.text, window - indent.length).map(style);
    const head = beside
      ? styleName(pad(name.text, width)) + GAP + first
      : `${styleName(name.text)}\n${indent}${first}`;
    return [head, ...others.map((text) => indent + text)]
      .map((text) => `${text.trimEnd()}\n`)
      .join("");
  };
  return cells.map(line).join("");
}
