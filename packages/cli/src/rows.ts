import type { FileRecord } from "@waybill/core/catalog/record";

import { dim, styled } from "./terminal/style.ts";
import type { Cell, Column, Row } from "./terminal/table.ts";
import { escaped, size, time } from "./terminal/text.ts";

/** The columns of a list of files. Their widths are fixed, so that pages line up as they are printed. */
export const FILE_COLUMNS: readonly Column[] = [
  { title: "arrived (UTC)", width: 19, dropOrder: 1 },
  { title: "size", align: "right", width: 9, dropOrder: 2 },
  { title: "key", shrinks: true },
];

export const NO_FILES = "waybill: No files found.";

export function fileRow(record: FileRecord): Row {
  if (record.state === "deleted") {
    return [
      { text: time(record.event.time), style: dim },
      { text: "deleted", style: dim },
      keyCell(record.key),
    ];
  }
  const bytes = record.size === undefined ? "?" : size(record.size);
  return [time(record.arrivedAt), bytes, keyCell(record.key, record.state)];
}

/** The row of a folder in a list of files. */
export const folderRow = (prefix: string): Row => [
  "",
  { text: "folder", style: dim },
  { text: escaped(prefix), style: (text) => styled(["bold", "blue"], text) },
];

const yellow = (text: string) => styled("yellow", text);

function keyCell(key: string, state?: "present" | "unreadable"): Cell {
  return { text: escaped(key), ...(state === "unreadable" && { style: yellow }) };
}
