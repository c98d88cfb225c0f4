import type { Usage } from "@waybill/core/reconcile";

import { count, counted } from "./terminal/text.ts";

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

/** `about $0.0023 in us-east-1`; two digits of small amounts. */
export function priceText(usd: number): string {
  const amount = usd >= 1 ? count(Math.round(usd * 100) / 100) : usd.toPrecision(2);
  return `about $${Number(amount) === 0 ? "0" : fixed(amount)} in us-east-1`;
}

/** Without an exponent. */
const fixed = (amount: string): string =>
  amount.includes("e") ? Number(amount).toFixed(9).replace(/0+$/, "") : amount;
