import { type Cell, cellOf } from "./table.ts";
import { pad, widthOf, windowWidth, wrap } from "./width.ts";

const GAP = "  ";
/** If a value would have fewer columns beside its name, it is placed below it. */
const MIN_VALUE_WIDTH = 16;

/** Lays out names with their values beside them. Long values continue on the next line; nothing is cut. */
export function fields(
  rows: readonly (readonly [name: string | Cell, value: string | Cell])[],
  window = windowWidth() ?? Number.POSITIVE_INFINITY,
): string {
  const cells = rows.map(([name, value]) => [cellOf(name), cellOf(value)] as const);
  const width = Math.max(0, ...cells.map(([name]) => widthOf(name.text)));
  const beside = window - width - GAP.length >= MIN_VALUE_WIDTH;
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
