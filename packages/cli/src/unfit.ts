import { note } from "./terminal/output.ts";
import { escaped } from "./terminal/text.ts";

/** Says which records are there and cannot be shown, as a newer Waybill may have written. */
export function noteUnfit(
  unfit: readonly { readonly key: string; readonly reason: string }[],
): void {
  for (const { key, reason } of unfit) note(`waybill: ${escaped(key)}: ${escaped(reason)}`);
}
