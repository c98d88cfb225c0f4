import { randomUUID } from "node:crypto";

import type { Stage } from "../service.ts";
import { sqs } from "../sqs/provision.ts";
import type { AsyncPlan } from "./async-plan.ts";
import { type AsyncInvocation, AsyncStore } from "./async-store.ts";
import type { Outcome } from "./runtime-api.ts";

/** A function as this needs it. */
interface AsyncFunction {
  readonly name: string;
  readonly arn: string;
  readonly role: { readonly arn: string };
  readonly asynchronous: AsyncPlan;
}

interface Options {
  readonly stage: Stage;
  readonly folder: string;
  readonly functions: readonly AsyncFunction[];
  readonly invoke: (arn: string, payload: string) => Promise<Outcome>;
}

type Condition = "Success" | "RetriesExhausted" | "EventAgeExceeded";

/**
 * Invokes functions asynchronously, as Lambda does (Lambda Developer Guide, "Handling errors for
 * asynchronous invocation"). Lambda retries after one minute and then after two; offline, after
 * `retrySeconds` and twice as long.
 */
export class AsyncInvoker {
  readonly #options: Options;
  readonly #store: AsyncStore;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isRunning = false;

  constructor(options: Options) {
    this.#options = options;
    this.#store = new AsyncStore(options.folder);
  }

  /** Accepts an event for a function. It is kept through a restart until it is processed. */
  invoke(arn: string, payload: string): void {
    const invocation = { id: randomUUID(), arn, payload, since: Date.now(), attempts: 0 };
    this.#store.put(invocation);
    if (this.#isRunning) void this.#attempt(invocation);
  }

  /** Continues what an earlier process has not finished. */
  start(): void {
    this.#isRunning = true;
    for (const invocation of this.#store.all()) void this.#attempt(invocation);
  }

  /** Starts no more attempts. Attempts that run now are repeated after the next start. */
  stop(): void {
    this.#isRunning = false;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  async #attempt(invocation: AsyncInvocation): Promise<void> {
    const { functions, invoke } = this.#options;
    const fn = functions.find(({ arn }) => arn === invocation.arn);
    if (fn === undefined) {
      this.#report(invocation.arn, "the function no longer exists");
      this.#store.remove(invocation);
      return;
    }
    const outcome = await invoke(invocation.arn, invocation.payload);
    if (!this.#isRunning) return;
    const tried = { ...invocation, attempts: invocation.attempts + 1 };
    const condition = outcome.ok ? "Success" : conditionOf(tried, fn.asynchronous);
    if (condition === undefined) {
      this.#store.put(tried);
      this.#retry(tried);
      return;
    }
    await this.#finish(fn, tried, condition, outcome);
    this.#store.remove(tried);
  }

  #retry(invocation: AsyncInvocation): void {
    const { retrySeconds } = this.#options.stage.options;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        void this.#attempt(invocation);
      },
      retrySeconds * 1000 * invocation.attempts,
    );
    this.#timers.add(timer);
  }

  async #finish(
    fn: AsyncFunction,
    invocation: AsyncInvocation,
    condition: Condition,
    outcome: Outcome,
  ): Promise<void> {
    const { onSuccessArn, onFailureArn } = fn.asynchronous;
    const destination = outcome.ok ? onSuccessArn : onFailureArn;
    if (destination !== undefined) {
      const problem = await this.#send(fn, destination, recordOf(invocation, condition, outcome));
      if (problem === undefined) return;
      this.#report(fn.name, `its record did not reach ${destination}: ${problem}`);
    }
    if (!outcome.ok) {
      const times = invocation.attempts === 1 ? "1 attempt" : `${invocation.attempts} attempts`;
      this.#report(fn.name, `it failed after ${times} and is lost: ${firstLine(outcome.error)}`);
    }
  }

  /** Sends a record with the role of the function, as Lambda does. Returns why it cannot. */
  async #send(fn: AsyncFunction, arn: string, record: object): Promise<string | undefined> {
    const { authority, graph, running, endpoint } = this.#options.stage;
    const { accountId } = graph;
    const principal = { type: "role", arn: fn.role.arn, accountId, session: fn.name } as const;
    const needed = { action: "sqs:SendMessage", resource: arn, context: {} };
    const denial = authority.denialFor(principal, [needed]);
    if (denial !== undefined) return denial;
    try {
      await running(sqs).engine.handle({
        operation: "SendMessage",
        endpoint,
        signal: new AbortController().signal,
        input: {
          QueueUrl: `${endpoint}/${arn.split(":").slice(-2).join("/")}`,
          MessageBody: JSON.stringify(record),
        },
      });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  #report(fn: string, reason: string): void {
    const message = `an asynchronous invocation of ${fn}: ${reason}`;
    this.#options.stage.options.onEvent({ type: "problem", message });
  }
}

/** Returns why a failed invocation is not tried again, or undefined if it is. */
function conditionOf({ attempts, since }: AsyncInvocation, plan: AsyncPlan): Condition | undefined {
  if (Date.now() - since > plan.maximumEventAgeSeconds * 1000) return "EventAgeExceeded";
  return attempts > plan.maximumRetryAttempts ? "RetriesExhausted" : undefined;
}

/** Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations". */
const recordOf = (
  { id, arn, payload, attempts }: AsyncInvocation,
  condition: Condition,
  outcome: Outcome,
) => ({
  version: "1.0",
  timestamp: new Date().toISOString(),
  requestContext: {
    requestId: id,
    functionArn: `${arn}:$LATEST`,
    condition,
    approximateInvokeCount: attempts,
  },
  requestPayload: JSON.parse(payload) as unknown,
  responseContext: {
    statusCode: 200,
    executedVersion: "$LATEST",
    ...(!outcome.ok && { functionError: "Unhandled" }),
  },
  responsePayload: outcome.ok
    ? (JSON.parse(outcome.payload) as unknown)
    : { errorMessage: firstLine(outcome.error) },
});

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";
