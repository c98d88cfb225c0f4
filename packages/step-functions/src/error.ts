/** An error that the service returns to a client. */
export class StepFunctionsError extends Error {
  override readonly name = "StepFunctionsError";
  /** The name of the exception in the API Reference. */
  readonly code: string;
  readonly retry = false;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** An error of an execution: its name, and what caused it (States Language, "Errors"). */
export class StateError extends Error {
  override readonly name = "StateError";
  /** Such as `States.Timeout`, or the name that a task gave it. */
  readonly error: string;

  constructor(error: string, cause: string) {
    super(cause);
    this.error = error;
  }
}

/** The error as a state machine sees it. */
export const errorOutput = ({ error, message }: StateError) => ({ Error: error, Cause: message });
