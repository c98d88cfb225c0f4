import { dim } from "./style.ts";
import { fit, pad, widthOf, windowWidth } from "./width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** The minimum width, for tables that are printed before all rows are known. */
  readonly width?: number;
  /** Whether cells are shortened in the middle if the window is too narrow. */
  readonly shrinks?: boolean;
  /** Columns that may be dropped if the window is too narrow have an order, lowest first. */
  readonly dropOrder?: number;
}

export interface Cell {
  /** Escaped. */
  readonly text: string;
  readonly style?: (text: string) => string;
}

export type Row = readonly (string | Cell)[];

const GAP = "  ";
/** The minimum width of a column that shrinks. */
const MIN_WIDTH = 8;

/**
 * Aligns rows in columns that fit into `window`. Titles are shown in a window only: in a pipe, a program would read
 * them as a row.
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

/** Drops and shrinks columns until they fit into the window. */
function narrowed(measured: readonly Measured[], window: number): Measured[] {
  const minWidthOf = ({ column, width }: Measured) =>
    column.shrinks ? Math.min(width, MIN_WIDTH) : width;
  let kept = [...measured];
  while (sumOf(kept.map(minWidthOf)) > window) {
    const order = ({ column }: Measured) => column.dropOrder ?? Number.POSITIVE_INFINITY;
    const first = kept.reduce((a, b) => (order(b) < order(a) ? b : a));
    if (first.column.dropOrder === undefined) break;
    kept = kept.filter((other) => other !== first);
  }
  // The widest column shrinks first, until it is as wide as the next.
  for (let over = sumOf(kept.map(({ width }) => width)) - window; over > 0; over--) {
    const shrinkable = ({ column, width }: Measured) => (column.shrinks ? width : 0);
    const widest = kept.reduce((a, b) => (shrinkable(b) > shrinkable(a) ? b : a));
    if (shrinkable(widest) <= MIN_WIDTH) break;
    kept = kept.map((one) => (one === widest ? { ...one, width: one.width - 1 } : one));
  }
  return kept;
}

function lineOf(columns: readonly Measured[], cellIn: (column: Measured) => Cell): string {
  const texts = columns.map((measured, index) => {
    const { column, width } = measured;
    const { text, style = String } = cellIn(measured);
    const last = index === columns.length - 1 && column.align !== "right";
    const shown = column.shrinks ? fit(text, width) : text;
    return style(last ? shown : pad(shown, width, column.align));
  });
  return `${texts.join(GAP).trimEnd()}\n`;
}
