import type { PassState } from "@waybill/core/reconcile";

import { count } from "./terminal/text.ts";

/** `12 missing, 3 ghost`; empty if nothing was found. */
export const describeFound = (found: PassState["found"]): string =>
  Object.entries(found)
    .filter(([, number]) => number > 0)
    .map(([kind, number]) => `${count(number)} ${kind}`)
    .join(", ");
