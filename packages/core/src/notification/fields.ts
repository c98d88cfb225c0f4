import * as z from "zod/mini";

import { InputError } from "../error.ts";

/** Makes a schema accept any value; a value that does not match becomes undefined. */
export const lenient = <T extends z.ZodMiniType>(schema: T) =>
  // oxlint-disable-next-line promise/valid-params -- this is zod's catch, not a promise's
  z.catch(z.optional(schema), undefined);

/** Text that is not needed: anything else becomes undefined. */
export const lenientText = lenient(z.string());

/** Throws an `InputError` if a record is about another bucket. */
export function checkBucket(name: string, bucket: string): void {
  if (name === bucket) return;
  throw new InputError(
    "notification.other_bucket",
    `The record is about the bucket ${name}, not ${bucket}.`,
  );
}

/** Converts a time to ISO-8601 UTC to the millisecond. Throws an `InputError` if it is not a date. */
export function readTime(time: string, member: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) {
    throw new InputError("notification.malformed", `The record's ${member} is not a date.`);
  }
  return date.toISOString();
}

/** Parses a record. Throws an `InputError` that says where it does not match, without quoting it. */
export function read<T>(schema: z.ZodMiniType<T>, record: unknown): T {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw malformed(parsed.error);
}

/** The error for a record that does not match its schema. */
export function malformed({ issues: [issue] }: z.core.$ZodError): InputError {
  return new InputError(
    "notification.malformed",
    `The record is malformed at ${issue?.path.join(".") || "the top level"}: ${issue?.message ?? ""}`,
  );
}
