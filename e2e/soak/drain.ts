import { setTimeout as delay } from "node:timers/promises";

import {
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";

import type { Machine } from "./machine.ts";

/** The queue that events come through, and the one where those end that nobody could process. */
export interface Queues {
  readonly sqs: SQSClient;
  readonly eventsUrl: string;
  readonly deadUrl: string;
}

export interface Drained {
  /** Dead letters that were sent back; one that died again counts again. */
  readonly redriven: number;
  /** What is left when the patience is at its end: nothing, if all is well. */
  readonly undone: string[];
}

const LOOK_MS = 50;

/**
 * Waits until nothing is under way, sends dead letters back as `dead redrive` does, and waits again,
 * until there are none.
 */
export async function drain(
  machine: Machine,
  queues: Queues,
  patienceMs: number,
): Promise<Drained> {
  const deadline = Date.now() + patienceMs;
  let redriven = 0;
  for (;;) {
    const isIdle = async () => (await machine.underWay(queues.eventsUrl)) === 0;
    const idle = await until(isIdle, deadline);
    if (!idle) return { redriven, undone: await whatIsLeft(machine) };
    const dead = await machine.dead(queues.deadUrl);
    if (dead === 0) return { redriven, undone: [] };
    redriven += dead;
    if (!(await redrive(machine, queues, deadline))) {
      return { redriven, undone: await whatIsLeft(machine) };
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
    await delay(LOOK_MS);
  }
  return true;
}

async function whatIsLeft(machine: Machine): Promise<string[]> {
  const { pendingNotifications, queues } = await machine.status();
  const counts = queues.map(
    ({ name, visible, inFlight, delayed }) =>
      `${name}: ${visible} waiting, ${inFlight} in flight, ${delayed} delayed`,
  );
  return [`S3: ${pendingNotifications} notifications to send`, ...counts];
}
