import { InputError } from "../error.ts";
import { type FileRecord, parseItem } from "./record.ts";
import type { Item } from "./reads.ts";

/** An item that does not fit this version of Waybill, for example because a newer version wrote it. */
export interface Unfit {
  readonly key: string;
  readonly reason: string;
}

/** Items that are reported, so that memory stays constant. */
const MAX_UNFIT = 100;

/** The record of an item; undefined if the item does not fit, which is then added to `unfit`. */
export function readRecord(key: string, item: Item, unfit: Unfit[]): FileRecord | undefined {
  try {
    return parseItem(item);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (unfit.length < MAX_UNFIT) unfit.push({ key, reason: error.message });
    return undefined;
  }
}
