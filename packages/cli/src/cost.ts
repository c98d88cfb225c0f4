import type { Reads } from "@waybill/core/catalog";

import { note } from "./terminal/output.ts";
import { counted } from "./terminal/text.ts";

/** `read 812 items in 16 requests, 51.5 read units` */
export function costOf({ items, requests, units }: Reads): string {
  return `read ${counted(items, "item")} in ${counted(requests, "request")}, ${counted(units, "read unit")}`;
}

/** Says what an answer has cost, if that was asked for. */
export function noteCost(read: Reads, { cost }: { readonly cost?: boolean }, more = ""): void {
  if (cost) note(`waybill: ${costOf(read)}${more}`);
}
