import {
  ListMessageMoveTasksCommand,
  type ListMessageMoveTasksResultEntry,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";

import { sqs } from "../aws/sqs.ts";
import { arnOf, queueAnswer } from "../queue/index.ts";
import { deadEventsQueue } from "../resource.ts";

/** Messages a second, at most (Amazon SQS API Reference, StartMessageMoveTask). */
export const MAX_RATE = 500;

/** SQS's work of sending dead letters back to the queue that they came from. */
export interface Redrive {
  readonly status: "running" | "completed" | "cancelled" | "failed";
  readonly moved: number;
  /** How many there were to move when it began; unknown where there were none. */
  readonly toMove?: number | undefined;
  /** ISO-8601 UTC to the millisecond. */
  readonly startedAt?: string | undefined;
  readonly failure?: string | undefined;
}

/**
 * Has SQS send all dead letters back, at `rate` a second if it is given, and else as fast as it will.
 * It goes on for itself. Throws a `ServiceError` (`queue.failed`), also where a redrive is under way.
 */
export async function startRedrive(rate?: number): Promise<void> {
  const SourceArn = await arnOf(deadEventsQueue());
  await queueAnswer(
    sqs.send(new StartMessageMoveTaskCommand({ SourceArn, MaxNumberOfMessagesPerSecond: rate })),
  );
}

/** The redrive that is under way, or else the last one; undefined if there was none of late. Throws a `ServiceError` (`queue.failed`). */
export async function lastRedrive(): Promise<Redrive | undefined> {
  const SourceArn = await arnOf(deadEventsQueue());
  const { Results = [] } = await queueAnswer(
    sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 })),
  );
  return Results[0] && readTask(Results[0]);
}

function readTask(task: ListMessageMoveTasksResultEntry): Redrive {
  return {
    // Anything else, such as CANCELLING, is no end yet.
    status: ENDED[task.Status ?? ""] ?? "running",
    moved: task.ApproximateNumberOfMessagesMoved ?? 0,
    toMove: task.ApproximateNumberOfMessagesToMove,
    startedAt:
      task.StartedTimestamp === undefined
        ? undefined
        : new Date(task.StartedTimestamp).toISOString(),
    failure: task.FailureReason,
  };
}

const ENDED: Readonly<Record<string, Redrive["status"]>> = {
  COMPLETED: "completed",
  CANCELLED: "cancelled",
  FAILED: "failed",
};
