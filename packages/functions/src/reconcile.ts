import { checkNotification } from "@waybill/core/doctor/notification";
import { MAX_PASS_CONCURRENCY } from "@waybill/core/limits";
import { logger } from "@waybill/core/log";
import {
  collectRanges,
  findHead,
  planPass,
  publishPass,
  workOnRange,
} from "@waybill/core/reconcile/ranges";
import { eventsQueue } from "@waybill/core/resource";
import type { Context } from "aws-lambda";
import * as z from "zod/mini";

/** The input of an execution of the state machine; a schedule gives none of it. */
const Order = z.object({
  /** The pass to continue; by default, the execution starts one of its own name. */
  pass: z.optional(z.string()),
  prefix: z.optional(z.string()),
  repair: z.optional(z.boolean()),
  /** Ranges that are worked on at the same time. */
  concurrency: z.optional(z.int().check(z.minimum(1), z.maximum(MAX_PASS_CONCURRENCY))),
});

/** A step of the state machine; `infra/reconcile.ts` defines it. */
const Step = z.discriminatedUnion("step", [
  z.object({ step: z.literal("plan"), execution: z.string(), order: Order }),
  z.object({ step: z.literal("range"), pass: z.string(), range: z.string() }),
  z.object({ step: z.literal("collect"), pass: z.string(), progress: z.number() }),
]);

const DEFAULT_CONCURRENCY = 8;

/** Ranges of the plan for each one that is worked on: they are of different sizes. */
const RANGES_EACH = 4;

/**
 * How long a range is worked on: two attempts must fit into the five minutes of an express workflow
 * (AWS Step Functions Developer Guide, "Quotas").
 */
const WORK_MS = 110_000;

/** Kept for the split and the last save. */
const RESERVED_MS = 20_000;

/** Makes one step of a pass: plans it, works on a range of it, or collects what a round did. */
export async function handler(event: unknown, context: Context): Promise<object> {
  const step = Step.parse(event);
  switch (step.step) {
    case "plan": {
      const { pass = step.execution, prefix = "", repair = true } = step.order;
      const { concurrency = DEFAULT_CONCURRENCY } = step.order;
      const open = await planPass({ pass, prefix, repair, ranges: concurrency * RANGES_EACH });
      return { pass, concurrency, open, progress: -1 };
    }
    case "range": {
      const time = Math.min(WORK_MS, context.getRemainingTimeInMillis() - RESERVED_MS);
      const { pass, range } = step;
      const { state } = await workOnRange({ pass, range, stopAt: Date.now() + time });
      return { state };
    }
    case "collect": {
      const collected = await collectRanges(step.pass, step.progress);
      const { status, open, progress, total } = collected;
      if (status === "complete" || status === "different") {
        const head = await findHead(step.pass);
        const notifies = await isNotified(context);
        publishPass(collected, { repair: head?.repair ?? true, notifies });
      }
      return { status, open, progress, total };
    }
  }
}

/** Whether the bucket sends all its events; false if that could not be checked. The log says why. */
async function isNotified({ invokedFunctionArn }: Context): Promise<boolean> {
  try {
    const { status, message, fix } = await checkNotification(queueArnOf(invokedFunctionArn));
    if (status === "ok") return true;
    logger.error(message, { fix });
  } catch (error) {
    logger.error("The notifications of the bucket could not be checked.", error as Error);
  }
  return false;
}

/** The ARN of the queue of events, which is in the place of the function: SQS need not be asked. */
function queueArnOf(functionArn: string): string {
  const [arn, partition, , region, account] = functionArn.split(":");
  const name = eventsQueue().split("/").at(-1);
  return [arn, partition, "sqs", region, account, name].join(":");
}
