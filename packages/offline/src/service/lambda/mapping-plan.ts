import { OfflineError } from "../../ground/error.ts";
import { type Graph, type GraphResource, resourcesOf, type Value } from "../../synth/graph.ts";
import { inputsOf, number, z } from "../../synth/inputs.ts";
import { compileFilters, type EventFilter, FilterError } from "./filter.ts";

/** What mappings of all event sources have. */
interface SourcePlan {
  /** The logical name of its resource. */
  readonly name: string;
  readonly isEnabled: boolean;
  readonly windowSeconds: number;
  readonly partialResponses: boolean;
  readonly isSent: EventFilter;
}

/** An event source mapping of a queue. */
export interface MappingPlan extends SourcePlan {
  readonly queueArn: string;
  readonly batchSize: number;
  readonly maximumConcurrency: number | undefined;
}

/** An event source mapping of the stream of a table. */
export interface StreamMappingPlan extends SourcePlan {
  readonly streamArn: string;
  readonly batchSize: number;
  readonly startingPosition: "LATEST" | "TRIM_HORIZON";
  /** How many batches of the shard are processed at the same time. */
  readonly parallelization: number;
  readonly bisect: boolean;
  /** -1 is without end. */
  readonly maximumRetries: number;
  /** -1 is until a record expires. */
  readonly maximumAgeSeconds: number;
  /** The ARN of what receives a message about discarded records. */
  readonly failureArn: string | undefined;
}

export const MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping";

/** The inputs of a mapping that are ignored. */
export const IGNORED_MAPPING_INPUTS = [
  "tumblingWindowInSeconds",
  "provisionedPollerConfig",
  "metricsConfig",
  "kmsKeyArn",
];

const Inputs = z.object({
  eventSourceArn: z.string().default(""),
  functionName: z.string(),
  enabled: z.boolean().default(true),
  batchSize: z.optional(number),
  maximumBatchingWindowInSeconds: number.default(0),
  functionResponseTypes: z.array(z.string()).default([]),
  scalingConfig: z.optional(z.object({ maximumConcurrency: z.optional(number) })),
  filterCriteria: z.optional(
    z.object({ filters: z.array(z.object({ pattern: z.string() })).default([]) }),
  ),
  startingPosition: z.optional(z.string()),
  parallelizationFactor: number.default(1),
  bisectBatchOnFunctionError: z.boolean().default(false),
  maximumRetryAttempts: number.default(-1),
  maximumRecordAgeInSeconds: number.default(-1),
  destinationConfig: z.optional(
    z.object({ onFailure: z.optional(z.object({ destinationArn: z.optional(z.string()) })) }),
  ),
});
type Mapping = z.output<typeof Inputs> & { name: string };

/** The event source mappings of a function, by kind of source. */
export interface SourcePlans {
  mappings: MappingPlan[];
  streams: StreamMappingPlan[];
}

/**
 * Returns the event source mappings of a function. `queues` and `streams` are the ARNs of the sources
 * that run; mappings of other sources are left out. Throws `OfflineError` (`provision.rejected`) for a
 * mapping that Lambda would reject.
 */
export function planSources(
  graph: Graph,
  fn: GraphResource,
  queues: ReadonlySet<string>,
  streams: ReadonlySet<string>,
): SourcePlans {
  const all = resourcesOf(graph, MAPPING)
    .map((mapping) => ({ name: mapping.name, ...inputsOf(mapping, Inputs) }))
    .filter(({ functionName }) => isReferenceTo(fn, functionName));
  const ofStreams = all.filter(({ eventSourceArn }) => streams.has(eventSourceArn));
  for (const mapping of ofStreams) rejectDuplicate(mapping, ofStreams);
  return {
    mappings: all.filter(({ eventSourceArn }) => queues.has(eventSourceArn)).map(planQueueMapping),
    streams: ofStreams.map(planStreamMapping),
  };
}

/** SST 3 refers to a function by its name, SST 4 by its ARN. */
export const isReferenceTo = (fn: GraphResource, name: Value): boolean =>
  name === fn.id || name === fn.state["arn"];

const planQueueMapping = (mapping: Mapping): MappingPlan => ({
  ...planSource(mapping, "body"),
  queueArn: mapping.eventSourceArn,
  batchSize: mapping.batchSize ?? 10,
  maximumConcurrency: mapping.scalingConfig?.maximumConcurrency,
});

function planStreamMapping(mapping: Mapping): StreamMappingPlan {
  const { startingPosition, eventSourceArn } = mapping;
  const batchSize = mapping.batchSize ?? 100;
  checkRange(mapping, "batchSize", batchSize, 1, 10_000);
  checkRange(mapping, "parallelizationFactor", mapping.parallelizationFactor, 1, 10);
  checkRange(mapping, "maximumRetryAttempts", mapping.maximumRetryAttempts, -1, 10_000);
  const age = mapping.maximumRecordAgeInSeconds;
  if (age !== -1) checkRange(mapping, "maximumRecordAgeInSeconds", age, 60, 604_800);
  if (startingPosition !== "LATEST" && startingPosition !== "TRIM_HORIZON") {
    throw rejected(
      mapping,
      startingPosition === "AT_TIMESTAMP"
        ? `Unsupported starting position for arn type: ${eventSourceArn}`
        : "startingPosition must be LATEST or TRIM_HORIZON",
    );
  }
  return {
    ...planSource(mapping),
    streamArn: eventSourceArn,
    batchSize,
    startingPosition,
    parallelization: mapping.parallelizationFactor,
    bisect: mapping.bisectBatchOnFunctionError,
    maximumRetries: mapping.maximumRetryAttempts,
    maximumAgeSeconds: age,
    failureArn: mapping.destinationConfig?.onFailure?.destinationArn,
  };
}

function planSource(mapping: Mapping, textMember?: string): SourcePlan {
  const { name, enabled, maximumBatchingWindowInSeconds, functionResponseTypes } = mapping;
  checkRange(mapping, "maximumBatchingWindowInSeconds", maximumBatchingWindowInSeconds, 0, 300);
  return {
    name,
    isEnabled: enabled,
    windowSeconds: maximumBatchingWindowInSeconds,
    partialResponses: functionResponseTypes.includes("ReportBatchItemFailures"),
    isSent: filterOf(mapping, textMember),
  };
}

function filterOf(mapping: Mapping, textMember?: string): EventFilter {
  const patterns = mapping.filterCriteria?.filters.map(({ pattern }) => pattern) ?? [];
  try {
    return compileFilters(patterns, textMember);
  } catch (cause) {
    if (!(cause instanceof FilterError)) throw cause;
    throw rejected(mapping, cause.message, cause);
  }
}

/** "The event source arn and function provided mapping already exists." */
function rejectDuplicate(mapping: Mapping, others: readonly Mapping[]): void {
  const other = others.find(
    ({ name, eventSourceArn }) =>
      name !== mapping.name && eventSourceArn === mapping.eventSourceArn,
  );
  if (other === undefined) return;
  throw rejected(mapping, `the mapping ${other.name} already has the same stream and function`);
}

function checkRange(mapping: Mapping, name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw rejected(mapping, `${name} is ${value}, and must be a number from ${min} to ${max}`);
}

const rejected = ({ name }: Mapping, reason: string, cause?: unknown) =>
  new OfflineError(
    "provision.rejected",
    `the event source mapping ${name} cannot be created: ${reason}`,
    { cause },
  );
