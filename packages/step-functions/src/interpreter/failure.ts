import { TaskError } from "../task.ts";

/** Error names of the Amazon States Language, appendix A, and of the developer guide. */
export const ALL = "States.ALL";
export const TIMEOUT = "States.Timeout";
export const TASK_FAILED = "States.TaskFailed";
export const RUNTIME = "States.Runtime";
export const DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded";
export const NO_CHOICE_MATCHED = "States.NoChoiceMatched";
export const QUERY_EVALUATION_ERROR = "States.QueryEvaluationError";
export const EXCEED_TOLERATED_FAILURE_THRESHOLD = "States.ExceedToleratedFailureThreshold";

/** A failure of a state. A Fail state can leave out the error name and the cause. */
export class StateFailure extends Error {
  override readonly name = "StateFailure";
  readonly error: string | undefined;
  readonly reason: string | undefined;

  constructor(error: string | undefined, reason: string | undefined) {
    super(`${error ?? "(no error name)"}: ${reason ?? "(no cause)"}`);
    this.error = error;
    this.reason = reason;
  }

  /** Returns the members `Error` and `Cause` of the error output. */
  get output(): Record<string, string> {
    return {
      ...(this.error === undefined ? {} : { Error: this.error }),
      ...(this.reason === undefined ? {} : { Cause: this.reason }),
    };
  }

  /** Returns the members `error` and `cause` of events and executions. */
  get details(): { error?: string; cause?: string } {
    return {
      ...(this.error === undefined ? {} : { error: this.error }),
      ...(this.reason === undefined ? {} : { cause: this.reason }),
    };
  }
}

/** A failure to evaluate a field. `location` is the path of the field in the state. */
export class EvaluationFailure extends StateFailure {
  readonly location: string | undefined;

  constructor(reason: string, location?: string) {
    super(QUERY_EVALUATION_ERROR, reason);
    this.location = location;
  }
}

/** Returns the failure that an exception of a task means. */
export function failureOf(error: unknown): StateFailure {
  if (error instanceof StateFailure) return error;
  if (error instanceof TaskError) return new StateFailure(error.error, error.cause);
  return new StateFailure(TASK_FAILED, error instanceof Error ? error.message : String(error));
}

/**
 * Returns whether the `ErrorEquals` of a retrier or catcher matches an error name.
 *
 * The rules are those of "Handling errors in Step Functions workflows": States.Runtime is never
 * matched, the wildcards do not match States.DataLimitExceeded, and States.TaskFailed does not match
 * States.Timeout.
 */
export function matches(errorEquals: readonly string[], error: string | undefined): boolean {
  if (error === RUNTIME) return false;
  return errorEquals.some((name) => {
    if (name === error) return true;
    if (error === DATA_LIMIT_EXCEEDED) return false;
    return name === ALL || (name === TASK_FAILED && error !== TIMEOUT);
  });
}
