import { invalidParameter, malformed, missingParameter } from "./error.ts";

/** An object of a request: nothing is known of its members yet. */
export type Input = Readonly<Record<string, unknown>>;

export const isInput = (value: unknown): value is Input =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const wrongType = (name: string, expected: string) =>
  malformed(`The parameter ${name} must be ${expected}.`);

/** @returns nothing when the member is absent; the empty string is a value. */
export function optionalText(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(name, "a string");
  return value;
}

/** SQS treats an empty string as a missing one wherever a value is required. */
export function requiredText(input: Input, name: string): string {
  const value = optionalText(input, name);
  if (value === undefined || value === "") throw missingParameter(name);
  return value;
}

/** @param allowed what SQS says when the value is not from `min` to `max`. */
export function optionalInteger(
  input: Input,
  name: string,
  { min, max, allowed }: { min: number; max: number; allowed: string },
): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType(name, "an integer");
  if (value < min || value > max) {
    throw invalidParameter(`Value ${value} for parameter ${name} is invalid. Reason: ${allowed}`);
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
