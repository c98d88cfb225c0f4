import { type Graph, type GraphResource, resourcesOf } from "../../synth/graph.ts";
import { inputsOf, number, z } from "../../synth/inputs.ts";

export const EVENT_INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig";

/** What Lambda does with the asynchronous invocations of a function. */
export interface AsyncPlan {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  /** Queues for the records of invocations. */
  readonly onSuccessArn: string | undefined;
  readonly onFailureArn: string | undefined;
}

const Destination = z.object({ destination: z.string() }).optional();
// The defaults are those of Lambda.
const Inputs = z.object({
  functionName: z.string(),
  maximumRetryAttempts: number.default(2),
  maximumEventAgeInSeconds: number.default(21_600),
  destinationConfig: z.object({ onSuccess: Destination, onFailure: Destination }).optional(),
});

const isQueue = (arn: string | undefined) => arn === undefined || arn.split(":")[2] === "sqs";

/** Whether a configuration runs: its destinations must be queues. */
export function isAsyncPlanned(resource: GraphResource): boolean {
  const { destinationConfig } = inputsOf(resource, Inputs);
  return (
    isQueue(destinationConfig?.onSuccess?.destination) &&
    isQueue(destinationConfig?.onFailure?.destination)
  );
}

/** Returns the plan of a function, by its names: the function and its ARN. */
export function planAsync(graph: Graph, names: readonly string[]): AsyncPlan {
  const own = resourcesOf(graph, EVENT_INVOKE_CONFIG)
    .filter((resource) => isAsyncPlanned(resource))
    .map((resource) => inputsOf(resource, Inputs))
    .find(({ functionName }) => names.includes(functionName));
  return {
    maximumRetryAttempts: own?.maximumRetryAttempts ?? 2,
    maximumEventAgeSeconds: own?.maximumEventAgeInSeconds ?? 21_600,
    onSuccessArn: own?.destinationConfig?.onSuccess?.destination,
    onFailureArn: own?.destinationConfig?.onFailure?.destination,
  };
}
