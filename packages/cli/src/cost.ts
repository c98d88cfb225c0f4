import type { Reads } from "@waybill/core/catalog";
import type { Usage } from "@waybill/core/reconcile";

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

/** `3 listings, 609 object reads, 96 catalog requests (51.5 read units), 609 writes (1,827 write units)` */
export function describeUsage({ lists, reads, catalog, writes, writeUnits }: Usage): string {
  const parts = [
    counted(lists, "listing"),
    counted(reads, "object read"),
    `${counted(catalog.requests, "catalog request")} (${counted(catalog.units, "read unit")})`,
  ];
  if (writes > 0) parts.push(`${counted(writes, "write")} (${counted(writeUnits, "write unit")})`);
  return parts.join(", ");
}

/** `about $0.0023 in us-east-1` */
export function priceText(usd: number): string {
  const digits = usd < 1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 };
  return `about $${usd.toLocaleString("en-US", digits)} in us-east-1`;
}
