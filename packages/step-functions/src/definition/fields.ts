import { expressionIn } from "../jsonata/expressions.ts";
import { isObject } from "../json.ts";
import { MAX_SECONDS } from "../limits.ts";

/** Returns what a value must be, if it is not that. */
export type Rule = (value: unknown) => string | undefined;

const isExpression = (value: unknown) =>
  typeof value === "string" && expressionIn(value) !== undefined;

const rule =
  (allowed: (value: unknown) => boolean, expected: string): Rule =>
  (value) =>
    allowed(value) ? undefined : expected;

const integerIn = (min: number, max: number) => (value: unknown) =>
  typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;

const orExpression = (allowed: (value: unknown) => boolean, expected: string): Rule =>
  rule((value) => isExpression(value) || allowed(value), `${expected} or a JSONata expression`);

const isText = (value: unknown) => typeof value === "string";
const text = rule(isText, "a string");
const anything: Rule = () => undefined;
const object = rule(isObject, "an object");
const list = rule((value) => Array.isArray(value), "an array");
const atLeastOne = rule((value) => Array.isArray(value) && value.length > 0, "a non-empty array");
const errorNames = rule(
  (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
  "a non-empty array of strings",
);

const common = { Type: text, QueryLanguage: text, Comment: text };
const output = { Output: anything };
const results = { ...output, Assign: object };
const transition = { Next: text, End: rule((value) => value === true, "true") };
const handlers = { Retry: list, Catch: list };
const timeout = integerIn(1, MAX_SECONDS);

/** The fields of each type of state in JSONata that the engine performs. */
export const STATE_FIELDS: ReadonlyMap<string, Readonly<Record<string, Rule>>> = new Map(
  Object.entries({
    Task: {
      ...common,
      ...results,
      ...transition,
      ...handlers,
      Resource: text,
      Arguments: anything,
      Credentials: object,
      TimeoutSeconds: orExpression(timeout, `an integer from 1 to ${MAX_SECONDS}`),
    },
    Map: {
      ...common,
      ...results,
      ...transition,
      ...handlers,
      Items: orExpression(Array.isArray, "an array"),
      ItemSelector: anything,
      ItemProcessor: object,
      MaxConcurrency: orExpression(integerIn(0, Infinity), "an integer of at least 0"),
    },
    Parallel: {
      ...common,
      ...results,
      ...transition,
      ...handlers,
      Branches: atLeastOne,
      Arguments: anything,
    },
    Choice: { ...common, ...results, Choices: atLeastOne, Default: text },
    Wait: {
      ...common,
      ...results,
      ...transition,
      Seconds: orExpression(integerIn(0, MAX_SECONDS), `an integer from 0 to ${MAX_SECONDS}`),
      Timestamp: text,
    },
    Pass: { ...common, ...results, ...transition },
    Succeed: { ...common, ...output },
    Fail: { ...common, Error: text, Cause: text },
  }),
);

/** Fields that Step Functions accepts, and this engine does not perform. */
export const UNSUPPORTED_FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["Task", ["HeartbeatSeconds"]],
  [
    "Map",
    [
      "ItemReader",
      "ItemBatcher",
      "ResultWriter",
      "Label",
      "ToleratedFailureCount",
      "ToleratedFailurePercentage",
    ],
  ],
]);

export const MACHINE_FIELDS: Readonly<Record<string, Rule>> = {
  Comment: text,
  QueryLanguage: text,
  Version: text,
  StartAt: text,
  States: object,
  TimeoutSeconds: rule(timeout, `an integer from 1 to ${MAX_SECONDS}`),
};

export const BRANCH_FIELDS: Readonly<Record<string, Rule>> = {
  Comment: text,
  QueryLanguage: text,
  StartAt: text,
  States: object,
};

export const PROCESSOR_FIELDS: Readonly<Record<string, Rule>> = {
  ...BRANCH_FIELDS,
  ProcessorConfig: object,
};

export const PROCESSOR_CONFIG_FIELDS: Readonly<Record<string, Rule>> = {
  Mode: rule((value) => value === "INLINE" || value === "DISTRIBUTED", "INLINE or DISTRIBUTED"),
  ExecutionType: rule(
    (value) => value === "STANDARD" || value === "EXPRESS",
    "STANDARD or EXPRESS",
  ),
};

export const RULE_FIELDS: Readonly<Record<string, Rule>> = {
  ...results,
  Comment: text,
  Condition: orExpression((value) => typeof value === "boolean", "a boolean"),
  Next: text,
};

export const CATCHER_FIELDS: Readonly<Record<string, Rule>> = {
  ...results,
  Comment: text,
  ErrorEquals: errorNames,
  Next: text,
};

export const RETRIER_FIELDS: Readonly<Record<string, Rule>> = {
  Comment: text,
  ErrorEquals: errorNames,
  IntervalSeconds: rule(timeout, `an integer from 1 to ${MAX_SECONDS}`),
  MaxAttempts: rule(integerIn(0, MAX_SECONDS), `an integer from 0 to ${MAX_SECONDS}`),
  BackoffRate: rule((value) => typeof value === "number" && value >= 1, "a number of at least 1.0"),
  // "A positive integer ... greater than 0 and less than 31622400": developer guide, Retry fields.
  MaxDelaySeconds: rule(integerIn(1, 31_622_399), "an integer from 1 to 31622399"),
  JitterStrategy: rule((value) => value === "FULL" || value === "NONE", "FULL or NONE"),
};

export const CREDENTIALS_FIELDS: Readonly<Record<string, Rule>> = { RoleArn: text };
