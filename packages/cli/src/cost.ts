import type { Reads } from "@waybill/core/catalog";

import { note } from "./terminal/output.ts";
import { counted } from "./terminal/text.ts";

/** `read 812 items in 16 requests, 51.5 read units` */
export function costOf({ items, requests, units }: Reads): string {
  return `read ${counted(items, "item")} in ${counted(requests, "request")}, ${counted(units, "read unit")}`;
}

/** Prints the cost of a query to standard error, for `--cost`. */
export function noteCost(read: Reads, { cost }: { readonly cost?: boolean }): void {
  if (cost) note(`waybill: ${costOf(read)}`);
}
