import { constraint, malformed, validation } from "./error.ts";

/** The input of an operation, whose members are not validated. */
export type Input = Readonly<Record<string, unknown>>;

const wrongType = (name: string, expected: string) =>
  malformed(`The member ${name} must be ${expected}.`);

export function optionalText(input: Input, name: string, maxLength = 256): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(name, "a string");
  if (value.length > maxLength) {
    throw constraint(name, `have length less than or equal to ${maxLength}`);
  }
  return value;
}

export function requiredText(input: Input, name: string, maxLength?: number): string {
  const value = optionalText(input, name, maxLength);
  if (value === undefined) throw constraint(name, "not be null");
  if (value === "") throw constraint(name, "have length greater than or equal to 1", value);
  return value;
}

export function optionalBoolean(input: Input, name: string): boolean | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw wrongType(name, "a boolean");
  return value;
}

export function optionalInteger(
  input: Input,
  name: string,
  { min, max }: { min: number; max: number },
): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType(name, "an integer");
  if (value > max) throw constraint(name, `have value less than or equal to ${max}`, `${value}`);
  if (value < min) throw constraint(name, `have value greater than or equal to ${min}`, `${value}`);
  return value;
}

export function optionalChoice<Choice extends string>(
  input: Input,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = optionalText(input, name);
  if (value === undefined) return undefined;
  const choice = choices.find((item) => item === value);
  if (choice === undefined) {
    throw constraint(name, `satisfy enum value set: [${choices.join(", ")}]`, value);
  }
  return choice;
}

/** Throws `StepFunctionsError` ValidationException unless exactly one of the members is given. */
export function exactlyOne(input: Input, ...names: readonly string[]): void {
  const given = names.filter((name) => input[name] !== undefined && input[name] !== null);
  if (given.length !== 1) throw validation(`Exactly one of ${names.join(" and ")} is required.`);
}
