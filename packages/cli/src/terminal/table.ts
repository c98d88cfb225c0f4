import { dim } from "./style.ts";
import { fit, pad, widthOf } from "./width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Columns of the terminal it takes at least: for rows that are printed before the last is known. */
  readonly width?: number;
  /** Gives way where the window is too narrow: its cells are shortened in the middle. */
  readonly gives?: boolean;
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

/** How wide the window of standard output is; undefined where it is none, and nothing is to be cut. */
export const windowWidth = (): number | undefined =>
  process.stdout.isTTY ? process.stdout.columns || 80 : undefined;

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
  const cells = rows.map((row) => columns.map((_, index) => cellOf(row[index])));
  const widths = widthsOf(columns, cells, titles, window);
  const lines = cells.map((row) => lineOf(columns, row, widths));
  if (!titles || rows.length === 0) return lines.join("");
  const head = columns.map(({ title }): Cell => ({ text: title, style: dim }));
  return [lineOf(columns, head, widths), ...lines].join("");
}

const cellOf = (cell: string | Cell | undefined): Cell =>
  typeof cell === "object" ? cell : { text: cell ?? "" };

function widthsOf(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  titles: boolean,
  window: number | undefined,
): number[] {
  const widths = columns.map(({ title, width = 0 }, index) =>
    rows.reduce(
      (widest, row) => Math.max(widest, widthOf(row[index]?.text ?? "")),
      Math.max(width, titles ? widthOf(title) : 0),
    ),
  );
  if (window === undefined) return widths;
  const gaps = GAP.length * (columns.length - 1);
  let over = widths.reduce((sum, width) => sum + width, gaps) - window;
  // The widest gives way first, until it is no wider than the next.
  for (; over > 0; over--) {
    const widest = columns
      .map((column, index) => ({ index, width: column.gives ? (widths[index] ?? 0) : 0 }))
      .reduce((a, b) => (b.width > a.width ? b : a));
    if (widest.width <= LEAST) break;
    widths[widest.index] = widest.width - 1;
  }
  return widths;
}

function lineOf(columns: readonly Column[], row: readonly Cell[], widths: number[]): string {
  const texts = row.map(({ text, style = String }, index) => {
    const width = widths[index] ?? 0;
    const last = index === row.length - 1 && columns[index]?.align !== "right";
    const shown = columns[index]?.gives ? fit(text, width) : text;
    return style(last ? shown : pad(shown, width, columns[index]?.align));
  });
  return `${texts.join(GAP).trimEnd()}\n`;
}
