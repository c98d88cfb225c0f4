import type { SQLOutputValue } from "node:sqlite";

/** A result row of `node:sqlite`. */
export type Row = Record<string, SQLOutputValue>;

// Each function returns the value of a column, and throws `TypeError` if the value has another
// type. A schema of STRICT tables makes that a mistake in a statement, never in the data.
// `optional…` returns `undefined` for NULL.

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw wrongType(column, "an integer", value);
  return value;
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw wrongType(column, "text", value);
  return value;
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

export function blob(row: Row, column: string): Buffer {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw wrongType(column, "a blob", value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

export function optionalBlob(row: Row, column: string): Buffer | undefined {
  return row[column] === null ? undefined : blob(row, column);
}

function wrongType(column: string, expected: string, value: unknown): TypeError {
  const found = value === null ? "NULL" : typeof value;
  return new TypeError(`The column "${column}" must be ${expected}, and is ${found}.`);
}
