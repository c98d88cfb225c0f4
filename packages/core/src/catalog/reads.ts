/** What answering a query has cost so far. */
export interface Reads {
  /** Requests to DynamoDB. */
  requests: number;
  /** Items read, whether or not they are part of the answer. */
  items: number;
  /** Read units, as DynamoDB counted them: one pays for 4 KB, or for 8 KB where reads may lag behind. */
  units: number;
}

export function newReads(): Reads {
  return { requests: 0, items: 0, units: 0 };
}

/** What DynamoDB says of a read; it must have been asked for with `ReturnConsumedCapacity: "TOTAL"`. */
export interface ReadOutput {
  readonly ConsumedCapacity?: { readonly CapacityUnits?: number | undefined } | undefined;
}

export function countRead(reads: Reads, output: ReadOutput, items: number): void {
  reads.requests += 1;
  reads.items += items;
  reads.units += output.ConsumedCapacity?.CapacityUnits ?? 0;
}
