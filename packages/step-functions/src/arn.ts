import { invalidArn } from "./error.ts";

/** An ARN of Step Functions: `arn:aws:states:<region>:<account>:<type>:<id>`. */
export interface Arn {
  readonly prefix: string;
  readonly region: string;
  readonly type: string;
  readonly id: string;
}

const ARN = /^(arn:[\w-]+:states:([\w-]+):\d{12}):(\w+):(.+)$/;

/**
 * Throws `StepFunctionsError` InvalidArn if the text is not an ARN of Step Functions, or not of one of
 * the given types of resources.
 */
export function parseArn(text: string, ...types: readonly string[]): Arn {
  if (!text.startsWith("arn:")) throw invalidArn(`Invalid ARN prefix: ${text}`);
  const [, prefix, region, type, id] = ARN.exec(text) ?? [];
  if (prefix === undefined || region === undefined || type === undefined || id === undefined) {
    throw invalidArn(`Invalid ARN: ${text}`);
  }
  if (!types.includes(type)) {
    throw invalidArn(`Resource type not valid in this context: ${type}`);
  }
  return { prefix, region, type, id };
}
