import * as z from "zod";

import { OfflineError } from "../ground/error.ts";
import type { GraphResource } from "./graph.ts";

export { z };

/**
 * The inputs of a resource, as far as a plan needs them; others pass unread.
 * @throws OfflineError `provision.unknown_shape`: SST or its AWS provider writes them differently by now.
 */
export function inputsOf<S extends z.ZodType>(resource: GraphResource, schema: S): z.output<S> {
  const parsed = schema.safeParse(resource.inputs);
  if (parsed.success) return parsed.data;
  throw new OfflineError(
    "provision.unknown_shape",
    `${resource.type} ${resource.name} is not shaped as offline expects: ${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  );
}

/** An attribute that AWS would give the resource, such as its ARN. */
export function stateOf(resource: GraphResource, attribute: string): string {
  const value = resource.state[attribute];
  if (typeof value === "string") return value;
  throw new OfflineError(
    "provision.unknown_shape",
    `${resource.type} ${resource.name} has no ${attribute}.`,
  );
}

/** A policy document: JSON text, or the value that it would be. */
export const policyText = z.pipe(
  z.unknown(),
  z.transform((policy) => (typeof policy === "string" ? policy : JSON.stringify(policy))),
);

/** A number that SST may have written as text. */
export const number = z.coerce.number();
