import { InputError } from "../error.ts";
import { type FileRecord, parseItem } from "./record.ts";
import type { Item } from "./reads.ts";

/** The key of an item that does not fit this version of Waybill, as one that a newer version wrote may not, and why. */
export interface Unfit {
  readonly key: string;
  readonly reason: string;
}

/** How many are named, so that a stream of them takes no memory. */
const MAX_UNFIT = 100;

/** The record of an item; undefined if the item does not fit, which is then noted in `unfit`. */
export function readRecord(key: string, item: Item, unfit: Unfit[]): FileRecord | undefined {
  try {
    return parseItem(item);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (unfit.length < MAX_UNFIT) unfit.push({ key, reason: error.message });
    return undefined;
  }
}
