import * as z from "zod";

import { OfflineError } from "../ground/error.ts";
import type { GraphResource } from "./graph.ts";

export { z };

/**
 * Parses the inputs of a resource that a plan needs, and ignores the others. Throws `OfflineError`
 * (`provision.unknown_shape`) if this version of SST or its AWS provider writes them differently.
 */
export function inputsOf<S extends z.ZodType>(resource: GraphResource, schema: S): z.output<S> {
  const parsed = schema.safeParse(resource.inputs);
  if (parsed.success) return parsed.data;
  throw new OfflineError(
    "provision.unknown_shape",
    `offline cannot read the inputs of ${resource.type} ${resource.name}: ${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  );
}

/**
 * Returns an attribute that AWS would give the resource, such as its ARN. Throws `OfflineError` if
 * it has none.
 */
export function stateOf(resource: GraphResource, attribute: string): string {
  const value = resource.state[attribute];
  if (typeof value === "string") return value;
  throw new OfflineError(
    "provision.unknown_shape",
    `${resource.type} ${resource.name} has no ${attribute}.`,
  );
}

/** The text of a policy document, which is JSON text or its parsed value. */
export const policyText = z.pipe(
  z.unknown(),
  z.transform((policy) => (typeof policy === "string" ? policy : JSON.stringify(policy))),
);

/** A number, which SST can write as text. */
export const number = z.coerce.number();
