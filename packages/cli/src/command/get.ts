import type { FileRecord } from "@waybill/core/catalog/record";

import { noteCost } from "../cost.ts";
import { NotFoundError } from "../exit.ts";
import { type FormatOptions, formatOf } from "../options.ts";
import { parseInput } from "../parse-input.ts";
import { fields } from "../terminal/fields.ts";
import { print, printJson } from "../terminal/output.ts";
import { showProgress } from "../terminal/progress.ts";
import { dim } from "../terminal/style.ts";
import type { Cell } from "../terminal/table.ts";
import { count, escaped, size } from "../terminal/text.ts";

export interface GetOptions extends FormatOptions {
  readonly deleted?: boolean;
  readonly cost?: boolean;
}

/** `waybill get <key>` */
export async function getFile(keyArgument: string, options: GetOptions): Promise<void> {
  const [{ get }, { ObjectKey }, { newReads }] = await Promise.all([
    import("@waybill/core/catalog/get"),
    import("@waybill/core/catalog/query"),
    import("@waybill/core/catalog/reads"),
  ]);
  const key = parseInput(ObjectKey, keyArgument, "key");
  const read = newReads();
  const progress = showProgress(() => "reading the record");
  const record = await get(key, { deleted: options.deleted ?? false, read });
  progress.end();
  noteCost(read, options);
  if (!record) throw new NotFoundError(`There is no record of "${key}".`);
  const format = formatOf(options);
  if (format === "table") print(fields(rowsOf(record)));
  else printJson(record, format);
}

type Row = readonly [name: Cell, value: string];

function rowsOf(record: FileRecord): Row[] {
  return Object.entries(record).flatMap(([name, value]): Row[] => {
    if (value === undefined) return [];
    if (name === "size" && typeof value === "number") {
      return [row(name, value < 1000 ? size(value) : `${size(value)} (${count(value)} bytes)`)];
    }
    if (typeof value !== "object") return [row(name, String(value))];
    return Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([inner, text]) => row(`${name}.${inner}`, String(text)));
  });
}

const row = (name: string, value: string): Row => [
  { text: escaped(name), style: dim },
  escaped(value),
];
