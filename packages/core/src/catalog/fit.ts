import type * as z from "zod/mini";

import { InputError } from "../error.ts";

/**
 * Parses an item of the table. Throws an `InputError` if it does not fit this version of Waybill, for
 * example because a later version wrote it.
 */
export function fit<T>(schema: z.ZodMiniType<T>, item: unknown): T {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    "catalog.unfit_item",
    `The item does not fit this version of Waybill at ${issue?.path.join(".") || "the top level"}: ${issue?.message ?? ""}`,
  );
}
