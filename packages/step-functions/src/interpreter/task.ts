import type { TaskState } from "../definition/types.ts";
import type { Json } from "../json.ts";
import { MAX_SECONDS } from "../limits.ts";
import { childSignal } from "./concurrency.ts";
import { failureOf, StateFailure, TIMEOUT } from "./failure.ts";
import { withinLimit } from "./payload.ts";
import { type Step, withTruncation } from "./step.ts";

/** `arn:aws:states:::aws-sdk:s3:getObject` has the type `aws-sdk:s3` and the resource `getObject`. */
function namesOf(arn: string): { resourceType: string; resource: string } {
  const parts = arn.split(":");
  return { resourceType: parts.slice(5, -1).join(":") || "task", resource: parts.at(-1) ?? arn };
}

/** Performs the task of a state and returns its result. */
export async function performTask(step: Step<TaskState>): Promise<Json> {
  const { state, run } = step;
  const args =
    state.Arguments === undefined
      ? step.input
      : withinLimit(await step.evaluate("Arguments", state.Arguments), step.name);
  const seconds =
    state.TimeoutSeconds === undefined
      ? undefined
      : await step.integer("TimeoutSeconds", state.TimeoutSeconds, 1, MAX_SECONDS);
  const roleArn =
    state.Credentials === undefined
      ? run.roleArn
      : await step.text("Credentials/RoleArn", state.Credentials.RoleArn);
  const names = namesOf(state.Resource);
  step.record("TaskScheduled", {
    taskScheduledEventDetails: {
      ...names,
      region: run.region,
      parameters: JSON.stringify(args),
      ...(seconds === undefined ? {} : { timeoutInSeconds: seconds }),
    },
  });
  step.record("TaskStarted", { taskStartedEventDetails: names });
  let result: Json;
  try {
    result = withinLimit(await invoke(step, args, roleArn, seconds), names.resourceType);
  } catch (error) {
    step.branch.signal.throwIfAborted();
    const failure = failureOf(error);
    const kind = failure.error === TIMEOUT ? "TimedOut" : "Failed";
    step.record(`Task${kind}`, {
      [`task${kind}EventDetails`]: { ...names, ...failure.details },
    });
    throw failure;
  }
  step.record("TaskSucceeded", {
    taskSucceededEventDetails: { ...names, ...withTruncation("output", result) },
  });
  return result;
}

/** Rejects when the signal of the branch aborts or the timeout ends, even if the port does not. */
async function invoke(
  { run, state, branch }: Step<TaskState>,
  args: Json,
  roleArn: string,
  seconds: number | undefined,
): Promise<Json> {
  const { signal, abort, release } = childSignal(branch.signal);
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  const cancel =
    seconds === undefined
      ? undefined
      : run.clock.schedule(run.clock.now() + seconds * 1000, () =>
          abort(new StateFailure(TIMEOUT, undefined)),
        );
  try {
    const task = run.tasks.invoke(state.Resource, structuredClone(args), { signal, roleArn });
    const result = await Promise.race([task, aborted]);
    return JSON.parse(JSON.stringify(result ?? null)) as Json;
  } finally {
    cancel?.();
    release();
  }
}
