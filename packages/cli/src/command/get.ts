import type { FileRecord } from "@waybill/core/catalog/record";

import { noteCost } from "../cost.ts";
import { NotFoundError } from "../exit.ts";
import { question } from "../question.ts";
import { print, printJson } from "../terminal/output.ts";
import { dim } from "../terminal/style.ts";
import { type Row, table } from "../terminal/table.ts";
import { count, escaped, size } from "../terminal/text.ts";

export interface GetOptions {
  readonly deleted?: boolean;
  readonly json?: boolean;
  readonly cost?: boolean;
}

/** `waybill get <key>` */
export async function getFile(typedKey: string, options: GetOptions): Promise<void> {
  const [{ get }, { ObjectKey }, { newReads }] = await Promise.all([
    import("@waybill/core/catalog/get"),
    import("@waybill/core/catalog/query"),
    import("@waybill/core/catalog/reads"),
  ]);
  const key = question(ObjectKey, typedKey, "key");
  const read = newReads();
  const record = await get(key, { deleted: options.deleted ?? false, read });
  noteCost(read, options);
  if (!record) throw new NotFoundError(`There is no record of "${key}".`);
  if (options.json) printJson(record);
  else print(table([{ title: "" }, { title: "", gives: true }], rowsOf(record), { titles: false }));
}

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
  { text: escaped(value) },
];
