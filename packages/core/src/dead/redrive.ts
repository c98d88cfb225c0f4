import {
  ListMessageMoveTasksCommand,
  type ListMessageMoveTasksResultEntry,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";

import { sqs } from "../aws/sqs.ts";
import { arnOf, callQueue } from "../queue/index.ts";
import { deadEventsQueue } from "../resource.ts";

/** A message move task of SQS that sends dead letters back to their source queue. */
export interface Redrive {
  readonly status: "running" | "completed" | "cancelled" | "failed";
  readonly moved: number;
  /** Messages to move when it started; undefined if SQS does not report it. */
  readonly toMove?: number | undefined;
  /** ISO-8601 UTC to the millisecond. */
  readonly startedAt?: string | undefined;
  readonly failure?: string | undefined;
}

/**
 * Starts to send all dead letters back: at `rate` messages per second, or as fast as SQS allows. SQS
 * continues after this process ends. Throws a `ServiceError` (`queue.failed`), also if a redrive is
 * already running.
 */
export async function startRedrive(rate?: number): Promise<void> {
  const SourceArn = await arnOf(deadEventsQueue());
  await callQueue(
    sqs.send(new StartMessageMoveTaskCommand({ SourceArn, MaxNumberOfMessagesPerSecond: rate })),
  );
}

/** The running redrive or else the last one; undefined if SQS lists none. Throws a `ServiceError` (`queue.failed`). */
export async function lastRedrive(): Promise<Redrive | undefined> {
  const SourceArn = await arnOf(deadEventsQueue());
  const { Results = [] } = await callQueue(
    sqs.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 })),
  );
  return Results[0] && readTask(Results[0]);
}

function readTask(task: ListMessageMoveTasksResultEntry): Redrive {
  return {
    // With any other status, such as CANCELLING, the task has not ended.
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
