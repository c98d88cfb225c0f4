/** An error that Step Functions returns to a client. */
export class StepFunctionsError extends Error {
  override readonly name = "StepFunctionsError";
  /** Its name in the API, such as `ExecutionDoesNotExist`. */
  readonly code: string;
  /** The HTTP status. */
  readonly status: number;

  constructor(code: string, message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 400;
  }
}

// Codes and statuses: the errors of the Step Functions model in the SDKs (2016-11-23). Messages: as
// Step Functions words them.

export const validation = (message: string) =>
  new StepFunctionsError("ValidationException", message);

/** `value` is left out of the message if it is absent, as Step Functions does for long values. */
export const constraint = (member: string, rule: string, value?: string) =>
  validation(
    `1 validation error detected: Value${value === undefined ? "" : ` '${value}'`} at '${member}' failed to satisfy constraint: Member must ${rule}`,
  );

export const invalidArn = (reason: string) =>
  new StepFunctionsError("InvalidArn", `Invalid Arn: '${reason}'`);

export const invalidName = (name: string) =>
  new StepFunctionsError("InvalidName", `Invalid Name: '${name}'`);

export const invalidToken = () =>
  new StepFunctionsError("InvalidToken", "Invalid Token: 'Invalid token'");

export const invalidExecutionInput = (reason: string, cause?: unknown) =>
  new StepFunctionsError(
    "InvalidExecutionInput",
    `Invalid State Machine Execution Input: '${reason}'`,
    { cause },
  );

/** `location` is a path in the definition, such as `/States/Wait/Seconds`. */
export const invalidDefinition = (message: string, location: string, cause?: unknown) =>
  new StepFunctionsError(
    "InvalidDefinition",
    `Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: ${message} at ${location || "/"}'`,
    { cause },
  );

export const stateMachineDoesNotExist = (arn: string) =>
  new StepFunctionsError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);

export const executionDoesNotExist = (arn: string) =>
  new StepFunctionsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);

export const executionAlreadyExists = (arn: string) =>
  new StepFunctionsError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);

export const resourceNotFound = (arn: string) =>
  new StepFunctionsError("ResourceNotFound", `Resource not found: '${arn}'`);

export const typeNotSupported = () =>
  new StepFunctionsError(
    "StateMachineTypeNotSupported",
    "This operation is not supported by this type of state machine",
  );

export const unknownOperation = (operation: string) =>
  new StepFunctionsError(
    "UnknownOperationException",
    `The operation ${operation} is not supported by this server.`,
  );

export const malformed = (message: string, cause?: unknown) =>
  new StepFunctionsError("SerializationException", message, { cause });
