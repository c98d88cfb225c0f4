import { note } from "./terminal/output.ts";
import { escaped } from "./terminal/text.ts";

/** Names the records that this version cannot read, and therefore does not show. */
export function noteSkipped(
  records: readonly { readonly key: string; readonly reason: string }[],
): void {
  for (const { key, reason } of records) note(`waybill: ${escaped(key)}: ${escaped(reason)}`);
}
