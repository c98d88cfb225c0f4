import { newReads, type Reads } from "../catalog/reads.ts";

/** The requests of a pass so far; not the retries of the SDK. */
export interface Usage {
  /** ListObjectsV2. */
  lists: number;
  /** HeadObject and GetObjectTagging. */
  reads: number;
  /** Queries and reads of the catalog. */
  readonly catalog: Reads;
  /** Writes of records, rejected ones included. */
  writes: number;
  /** DynamoDB write units, those of the indexes included; not of rejected writes. */
  writeUnits: number;
}

export function newUsage(): Usage {
  return { lists: 0, reads: 0, catalog: newReads(), writes: 0, writeUnits: 0 };
}

/**
 * US dollars for one of each in us-east-1: S3 requests of the class Standard, and DynamoDB on-demand units
 * (Amazon S3 Pricing and Amazon DynamoDB Pricing, November 2026).
 */
const PRICES = { list: 5e-6, read: 4e-7, readUnit: 1.25e-7, writeUnit: 6.25e-7 };

/** The price of a pass in us-east-1, in US dollars, without transfer and Lambda. */
export function priceOf({ lists, reads, catalog, writeUnits }: Usage): number {
  return (
    lists * PRICES.list +
    reads * PRICES.read +
    catalog.units * PRICES.readUnit +
    writeUnits * PRICES.writeUnit
  );
}
