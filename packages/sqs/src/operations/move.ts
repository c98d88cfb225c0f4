import type { Engine } from "../engine.ts";
import { invalidParameter, resourceNotFound, SqsError } from "../error.ts";
import { type Input, isInput, optionalInteger, optionalText, requiredText } from "../input.ts";
import { MOVE_TASKS_PER_PAGE, MOVES_PER_SECOND } from "../limits.ts";
import type { MoveTask } from "../store/move-task-records.ts";

export function startMessageMoveTask(engine: Engine, input: Input) {
  const { queues, moveTasks } = engine;
  const source = queueOfArn(engine, "SourceArn", requiredText(input, "SourceArn"));
  if (queues.sourcesOf(source.arn).length === 0) {
    throw invalidParameter("Source queue must be configured as a Dead Letter Queue.");
  }
  const destination = optionalText(input, "DestinationArn");
  if (destination !== undefined) queueOfArn(engine, "DestinationArn", destination);
  if (destination === source.arn) {
    throw invalidParameter("Source queue arn and destination queue arn cannot be the same.");
  }
  const rate = optionalInteger(input, "MaxNumberOfMessagesPerSecond", MOVES_PER_SECOND);
  if (moveTasks.activeOf(source.arn)) {
    throw invalidParameter(
      "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    );
  }
  const task = moveTasks.start({
    source,
    ...(destination === undefined ? {} : { destination }),
    ...(rate === undefined ? {} : { rate }),
  });
  return { TaskHandle: handleOf(task) };
}

export function listMessageMoveTasks(engine: Engine, input: Input) {
  const { arn } = queueOfArn(engine, "SourceArn", requiredText(input, "SourceArn"));
  const max = optionalInteger(input, "MaxResults", MOVE_TASKS_PER_PAGE);
  const tasks = engine.moveTaskRecords.recent(arn, max ?? 1);
  return { Results: tasks.map(taskOutput) };
}

export function cancelMessageMoveTask(engine: Engine, input: Input) {
  const handle = requiredText(input, "TaskHandle");
  const { taskId, sourceArn } = parseHandle(handle);
  queueOfArn(engine, "SourceArn", sourceArn);
  const task = engine.moveTaskRecords.find(taskId);
  if (!task || task.source !== sourceArn) throw resourceNotFound("Task does not exist.");
  if (task.status !== "RUNNING") {
    throw invalidParameter(`Only a running task can be canceled; this one is ${task.status}.`);
  }
  engine.moveTasks.cancel(task);
  return { ApproximateNumberOfMessagesMoved: task.moved };
}

function queueOfArn({ queues }: Engine, parameter: string, arn: string) {
  const queue = queues.findByArn(arn);
  if (queue) return queue;
  throw resourceNotFound(
    `The resource that you specified for the ${parameter} parameter doesn't exist.`,
  );
}

function taskOutput(task: MoveTask): Record<string, unknown> {
  return {
    ...(task.status === "RUNNING" ? { TaskHandle: handleOf(task) } : {}),
    Status: task.status,
    SourceArn: task.source,
    ...(task.destination === undefined ? {} : { DestinationArn: task.destination }),
    ...(task.rate === undefined ? {} : { MaxNumberOfMessagesPerSecond: task.rate }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(task.failure === undefined ? {} : { FailureReason: task.failure }),
    StartedTimestamp: task.startedAt,
  };
}

const handleOf = ({ taskId, source }: MoveTask) =>
  Buffer.from(JSON.stringify({ taskId, sourceArn: source })).toString("base64");

/** Returns the ARN of the queue that a task empties; `undefined` if the handle is not valid. */
export function sourceOfHandle(handle: string): string | undefined {
  try {
    return parseHandle(handle).sourceArn;
  } catch (error) {
    if (error instanceof SqsError) return undefined;
    throw error;
  }
}

function parseHandle(handle: string): { taskId: string; sourceArn: string } {
  const invalid = (cause?: unknown) =>
    invalidParameter("Value for parameter TaskHandle is invalid.", cause);
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(handle, "base64").toString());
  } catch (cause) {
    throw invalid(cause);
  }
  if (!isInput(content)) throw invalid();
  const { taskId, sourceArn } = content;
  if (typeof taskId !== "string" || typeof sourceArn !== "string") throw invalid();
  return { taskId, sourceArn };
}
