import { dim } from "./style.ts";
import { fit, pad, widthOf, windowWidth } from "./width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Columns of the terminal it takes at least: for rows that are printed before the last is known. */
  readonly width?: number;
  /** Gives way where the window is too narrow: its cells are shortened in the middle. */
  readonly gives?: boolean;
  /** Is left out where the window has no room for all the others, the lowest first. */
  readonly leaves?: number;
}

export interface Cell {
  /** Safe to print. */
  readonly text: string;
  readonly style?: (text: string) => string;
}

export type Row = readonly (string | Cell)[];

const GAP = "  ";
/** A column that gives way is never narrower. */
const LEAST = 8;

/**
 * Rows in columns that line up and fit `window`. The titles are shown in a window only: where the output
 * goes on to a program, they would be one row more.
 */
export function table(
  columns: readonly Column[],
  rows: readonly Row[],
  options: { readonly titles?: boolean; readonly window?: number | undefined } = {},
): string {
  const { window = windowWidth(), titles = window !== undefined } = options;
  const measured = columns.map((column, index): Measured => {
    const cells = rows.map((row) => cellOf(row[index]));
    return { column, cells, width: widthOfColumn(column, cells, titles) };
  });
  const shown = window === undefined ? measured : narrowed(measured, window);
  const lines = rows.map((_, row) => lineOf(shown, ({ cells }) => cells[row] ?? { text: "" }));
  if (!titles || rows.length === 0) return lines.join("");
  const head = lineOf(shown, ({ column }) => ({ text: column.title, style: dim }));
  return [head, ...lines].join("");
}

interface Measured {
  readonly column: Column;
  readonly cells: readonly Cell[];
  readonly width: number;
}

/** Text that has no style is a cell as well. */
export const cellOf = (cell: string | Cell | undefined): Cell =>
  typeof cell === "object" ? cell : { text: cell ?? "" };

function widthOfColumn({ title, width = 0 }: Column, cells: readonly Cell[], titles: boolean) {
  return cells.reduce(
    (widest, { text }) => Math.max(widest, widthOf(text)),
    Math.max(width, titles ? widthOf(title) : 0),
  );
}

const sumOf = (widths: readonly number[]) =>
  widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));

/** The columns that the window has room for, as wide as it has room. */
function narrowed(measured: readonly Measured[], window: number): Measured[] {
  const leastOf = ({ column, width }: Measured) => (column.gives ? Math.min(width, LEAST) : width);
  let kept = [...measured];
  while (sumOf(kept.map(leastOf)) > window) {
    const order = ({ column }: Measured) => column.leaves ?? Number.POSITIVE_INFINITY;
    const first = kept.reduce((a, b) => (order(b) < order(a) ? b : a));
    if (first.column.leaves === undefined) break;
    kept = kept.filter((other) => other !== first);
  }
  // The widest gives way first, until it is no wider than the next.
  for (let over = sumOf(kept.map(({ width }) => width)) - window; over > 0; over--) {
    const giving = ({ column, width }: Measured) => (column.gives ? width : 0);
    const widest = kept.reduce((a, b) => (giving(b) > giving(a) ? b : a));
    if (giving(widest) <= LEAST) break;
    kept = kept.map((one) => (one === widest ? { ...one, width: one.width - 1 } : one));
  }
  return kept;
}

function lineOf(columns: readonly Measured[], cellIn: (column: Measured) => Cell): string {
  const texts = columns.map((measured, index) => {
    const { column, width } = measured;
    const { text, style = String } = cellIn(measured);
    const last = index === columns.length - 1 && column.align !== "right";
    const shown = column.gives ? fit(text, width) : text;
    return style(last ? shown : pad(shown, width, column.align));
  });
  return `${texts.join(GAP).trimEnd()}\n`;
}
