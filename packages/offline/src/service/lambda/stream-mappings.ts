import path from "node:path";

import { SQSClient } from "@aws-sdk/client-sqs";
import type { Principal } from "@waybill/iam";

import type { Credentials } from "../../edge/credentials.ts";
import { SYSTEM_CLOCK } from "../../ground/clock.ts";
import { dynamodb } from "../dynamodb/provision.ts";
import type { Stage } from "../service.ts";
import { Checkpoints } from "./checkpoints.ts";
import { sendFailure } from "./failure-destination.ts";
import type { LambdaFunction } from "./function.ts";
import type { StreamMappingPlan } from "./mapping-plan.ts";
import type { FunctionPlan } from "./plan.ts";
import type { Discarded } from "./stream-batch.ts";
import { StreamMapping } from "./stream-mapping.ts";

/** The mappings of a stage from streams to functions. */
export class StreamMappings {
  readonly all: StreamMapping[] = [];
  readonly #stage: Stage;
  readonly #checkpoints: Checkpoints;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#checkpoints = new Checkpoints(path.join(stage.folder, "stream-mappings"));
  }

  /** Gives each new mapping its starting position, before anybody can write. */
  provision(functions: readonly FunctionPlan[]): void {
    const plans = functions.flatMap(({ streams }) => streams);
    this.#checkpoints.keepOnly(plans.map(({ name }) => name));
    for (const plan of plans) {
      const { name, streamArn } = plan;
      this.#checkpoints.write(name, streamArn, this.#lanesOf(plan));
    }
  }

  /** Returns the checkpoint of each lane. */
  #lanesOf({ name, streamArn, startingPosition, parallelization }: StreamMappingPlan) {
    const stored = this.#checkpoints.read(name, streamArn);
    if (stored?.length === parallelization) return stored;
    const { streams } = this.#stage.running(dynamodb);
    const start = startingPosition === "LATEST" ? streams.latest(streamArn) : null;
    // With another number of lanes, an item is in another lane. All continue where the first one was.
    const position = stored ? earliest(stored) : start;
    return Array.from({ length: parallelization }, () => position);
  }

  /** Starts the mappings of a function, whose role has these credentials. */
  start(
    fn: FunctionPlan,
    lambda: LambdaFunction,
    principal: Principal,
    credentials: Credentials,
  ): void {
    const { options, running } = this.#stage;
    const clock = options.clock ?? SYSTEM_CLOCK;
    const onError = (message: string) => options.onEvent({ type: "problem", message });
    for (const plan of fn.streams.filter(({ isEnabled }) => isEnabled)) {
      const { name, streamArn } = plan;
      const checkpoints = this.#lanesOf(plan);
      const discard = this.#destinationOf(plan, fn, credentials);
      this.all.push(
        new StreamMapping({
          plan,
          fn: lambda,
          reader: running(dynamodb).streams.reader(streamArn, principal),
          checkpoints,
          save: () => this.#checkpoints.write(name, streamArn, checkpoints),
          retrySeconds: options.retrySeconds,
          now: () => clock.now().getTime(),
          async onDiscard(discarded) {
            const { condition, records } = discarded;
            onError(`${fn.name}: ${name} discards ${records.length} records: ${condition}`);
            await discard?.(discarded, clock.now()).catch((error: unknown) =>
              onError(`${name} did not reach ${plan.failureArn}: ${(error as Error).message}`),
            );
          },
          onError,
        }),
      );
    }
  }

  #destinationOf(
    { name, streamArn, failureArn }: StreamMappingPlan,
    fn: FunctionPlan,
    credentials: Credentials,
  ): ((discarded: Discarded, now: Date) => Promise<void>) | undefined {
    if (failureArn === undefined) return undefined;
    const { endpoint, graph, options } = this.#stage;
    if (failureArn.split(":")[2] !== "sqs") {
      const message = `offline does not send discarded records of ${name} to ${failureArn}, because it is not a queue`;
      options.onEvent({ type: "problem", message });
      return undefined;
    }
    const sqs = new SQSClient({ region: graph.region, endpoint, credentials });
    const destination = { streamArn, functionArn: fn.arn, queueArn: failureArn, endpoint, sqs };
    return (discarded, now) => sendFailure(destination, discarded, now);
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((mapping) => mapping.close()));
  }
}

/** Returns the earliest of some sequence numbers. Null is before all of them. */
function earliest(sequenceNumbers: readonly (string | null)[]): string | null {
  const numbers = sequenceNumbers.map((each) => (each === null ? null : BigInt(each)));
  return (
    numbers
      .reduce((a, b) => (a === null || b === null ? null : a < b ? a : b), numbers[0] ?? null)
      ?.toString() ?? null
  );
}
