import { get } from "@waybill/core/catalog";
import { Command } from "commander";

import { NotFoundError } from "../exit.ts";
import { escaped, size, table } from "../text.ts";

/** `waybill get <key>` */
export function getCommand(): Command {
  return new Command("get")
    .description("Show the record of one object.")
    .argument("<key>", "the object's key, as it is in the bucket")
    .option("--json", "print the record as JSON")
    .option("--deleted", "show the tombstone of an object that is deleted")
    .action(async (key: string, options: { json?: boolean; deleted?: boolean }) => {
      const record = await get(key, { deleted: options.deleted ?? false });
      if (!record) throw new NotFoundError(`there is no record of "${key}"`);
      process.stdout.write(
        options.json ? `${JSON.stringify(record, null, 2)}\n` : table(rows(record)),
      );
    });
}

function rows(record: object): string[][] {
  return Object.entries(record).flatMap(([name, value]): string[][] => {
    if (value === undefined) return [];
    if (name === "size") return [[name, `${size(Number(value))} (${value} bytes)`]];
    if (typeof value !== "object") return [[name, String(value)]];
    return Object.entries(value as object)
      .filter(([, inner]) => inner !== undefined)
      .map(([inner, text]) => [`${name}.${escaped(inner)}`, String(text)]);
  });
}
