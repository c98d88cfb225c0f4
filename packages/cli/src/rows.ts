import type { FileRecord } from "@waybill/core/catalog/record";

import { dim, styled } from "./terminal/style.ts";
import type { Cell, Column, Row } from "./terminal/table.ts";
import { escaped, size, time } from "./terminal/text.ts";

/** The columns of a list of files; they line up although it is printed before all of it is known. */
export const FILE_COLUMNS: readonly Column[] = [
  { title: "modified (UTC)", width: 19, leaves: 1 },
  { title: "size", align: "right", width: 9, leaves: 2 },
  { title: "key", gives: true },
];

/** What a person is told where there is no row. */
export const NO_FILES = "waybill: There are no such files.";

export function fileRow(record: FileRecord): Row {
  if (record.state === "deleted") {
    return [
      { text: time(record.event.time), style: dim },
      { text: "deleted", style: dim },
      keyCell(record.key),
    ];
  }
  const bytes = record.size === undefined ? "?" : size(record.size);
  return [time(record.lastModified), bytes, keyCell(record.key, record.state)];
}

/** A folder in a list of files. */
export const folderRow = (prefix: string): Row => [
  "",
  { text: "folder", style: dim },
  { text: escaped(prefix), style: (text) => styled(["bold", "blue"], text) },
];

function keyCell(key: string, state?: "present" | "unreadable"): Cell {
  const text = escaped(key);
  return state === "unreadable" ? { text, style: (text) => styled("yellow", text) } : { text };
}
