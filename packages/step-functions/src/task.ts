/** The circumstances of a task. */
export interface TaskContext {
  /** Aborted if the task times out, or its branch or execution ends. */
  readonly signal: AbortSignal;
  /** The role of the task's `Credentials`, or else of the state machine. */
  readonly roleArn: string;
}

/** Performs the tasks of state machines. */
export interface TaskPort {
  /**
   * Returns whether `invoke` can perform a resource, such as `arn:aws:states:::lambda:invoke`. A
   * definition with another resource is rejected.
   */
  supports(resource: string): boolean;
  /**
   * Performs a task and resolves with its result, which is a value of JSON. For
   * `arn:aws:states:::lambda:invoke` that is `{ExecutedVersion, Payload, StatusCode}`.
   *
   * Rejects with `TaskError` if the task fails. Any other rejection fails the task with
   * `States.TaskFailed` and the message as the cause.
   */
  invoke(resource: string, args: unknown, context: TaskContext): Promise<unknown>;
  /**
   * Called before a distributed Map state starts its children, which are executions of its state
   * machine. Throws `TaskError` if the role may not start them.
   */
  startMapRun?(stateMachineArn: string, roleArn: string): void;
}

/** A failure of a task, by the names that `Retry` and `Catch` match. */
export class TaskError extends Error {
  override readonly name = "TaskError";
  /** The error name, such as the `errorType` of a Lambda function. */
  readonly error: string;
  /** The details, such as the JSON text of a Lambda function's error. */
  override readonly cause: string;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.error = error;
    this.cause = cause;
  }
}
