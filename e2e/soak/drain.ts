import { setTimeout as delay } from "node:timers/promises";

import {
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";

import type { Machine } from "./machine.ts";

/** The queue of events and its dead-letter queue. */
export interface Queues {
  readonly sqs: SQSClient;
  readonly eventsUrl: string;
  readonly deadUrl: string;
}

export interface Drained {
  /** The number of redriven dead letters. A message that fails again counts again. */
  readonly redriven: number;
  /** The queues that still hold messages at the deadline. */
  readonly unfinished: string[];
}

const POLL_MS = 50;

/**
 * Waits until every event is processed, redrives the dead letters as `waybill dead redrive` does, and
 * repeats this until there are none.
 */
export async function drain(
  machine: Machine,
  queues: Queues,
  patienceMs: number,
): Promise<Drained> {
  const deadline = Date.now() + patienceMs;
  let redriven = 0;
  for (;;) {
    const isIdle = async () => (await machine.unprocessed(queues.eventsUrl)) === 0;
    const idle = await until(isIdle, deadline);
    if (!idle) return { redriven, unfinished: await remaining(machine) };
    const dead = await machine.dead(queues.deadUrl);
    if (dead === 0) return { redriven, unfinished: [] };
    redriven += dead;
    if (!(await redrive(machine, queues, deadline))) {
      return { redriven, unfinished: await remaining(machine) };
    }
  }
}

async function redrive(machine: Machine, queues: Queues, deadline: number): Promise<boolean> {
  const { sqs, deadUrl } = queues;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadUrl, AttributeNames: ["QueueArn"] }),
  );
  const SourceArn = Attributes?.["QueueArn"];
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  return until(async () => {
    const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
    return Results[0]?.Status !== "RUNNING" && (await machine.dead(deadUrl)) === 0;
  }, deadline);
}

async function until(condition: () => Promise<boolean>, deadline: number): Promise<boolean> {
  while (!(await condition())) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

async function remaining(machine: Machine): Promise<string[]> {
  const { pendingNotifications, queues } = await machine.status();
  const counts = queues.map(
    ({ name, visible, inFlight, delayed }) =>
      `${name}: ${visible} waiting, ${inFlight} in flight, ${delayed} delayed`,
  );
  return [`S3: ${pendingNotifications} notifications to send`, ...counts];
}
