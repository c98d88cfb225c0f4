import { invalidValue, malformed, missingParameter } from "./error.ts";
import type { Range } from "./limits.ts";

/** An object of a request, whose members are not validated. */
export type Input = Readonly<Record<string, unknown>>;

export const isInput = (value: unknown): value is Input =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const wrongType = (name: string, expected: string) =>
  malformed(`The parameter ${name} must be ${expected}.`);

/** Returns `undefined` if the member is absent; the empty string is a value. */
export function optionalText(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(name, "a string");
  return value;
}

/**
 * Throws `SqsError` `MissingParameter` also for an empty string, as SQS does for required values.
 */
export function requiredText(input: Input, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined || value === "") throw missingParameter(name);
  return value;
}

/** `allowed` is the reason in the error of SQS for a value that is out of range. */
export function optionalInteger(
  input: Input,
  name: string,
  {
    min,
    max,
    allowed = `Must be between ${min} and ${max}, if provided.`,
  }: Range & { allowed?: string },
): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType(name, "an integer");
  if (value < min || value > max) {
    throw invalidValue(name, value, allowed);
  }
  return value;
}

export function textList(input: Input, name: string): string[] {
  const value = input[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(name, "a list of strings");
  return value.map((item: unknown) => {
    if (typeof item !== "string") throw wrongType(name, "a list of strings");
    return item;
  });
}

export function textMap(input: Input, name: string): Map<string, string> {
  const value = input[name];
  if (value === undefined || value === null) return new Map();
  if (!isInput(value)) throw wrongType(name, "a map of strings");
  return new Map(
    Object.entries(value).map(([key, item]) => {
      if (typeof item !== "string") throw wrongType(`${name}.${key}`, "a string");
      return [key, item];
    }),
  );
}

export function inputMap(input: Input, name: string): Map<string, Input> {
  const value = input[name];
  if (value === undefined || value === null) return new Map();
  if (!isInput(value)) throw wrongType(name, "a map of structures");
  return new Map(
    Object.entries(value).map(([key, item]) => {
      if (!isInput(item)) throw wrongType(`${name}.${key}`, "a structure");
      return [key, item];
    }),
  );
}

export function inputList(input: Input, name: string): Input[] {
  const value = input[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(name, "a list of structures");
  return value.map((item: unknown) => {
    if (!isInput(item)) throw wrongType(name, "a list of structures");
    return item;
  });
}
