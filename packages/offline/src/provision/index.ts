import type { TableSettings } from "../dynamodb/index.ts";
import type { Graph } from "../synth/graph.ts";
import { BUCKET_TYPES, type BucketPlan, planBuckets } from "./bucket.ts";
import { FUNCTION_TYPES, type FunctionPlan, planFunctions } from "./function.ts";
import { QUEUE_TYPES, type QueuePlan, planQueues } from "./queue.ts";
import { TABLE_TYPES, planTables } from "./table.ts";

/** What of a graph can run offline, and what is only declared. */
export interface Plan {
  buckets: BucketPlan[];
  tables: TableSettings[];
  queues: QueuePlan[];
  functions: FunctionPlan[];
  /** `type name` of every resource that nothing here runs. */
  declared: string[];
}

const RUN = new Set([...BUCKET_TYPES, ...TABLE_TYPES, ...QUEUE_TYPES, ...FUNCTION_TYPES]);

/** Turns a graph into what a stack has to start. A type that offline does not know is listed, never dropped. */
export function plan(graph: Graph): Plan {
  return {
    buckets: planBuckets(graph),
    tables: planTables(graph),
    queues: planQueues(graph),
    functions: planFunctions(graph),
    declared: graph.resources
      // SST's own components are made of the resources that follow them in the graph.
      .filter(({ type }) => !RUN.has(type) && !/^(sst:|pulumi:)/.test(type))
      .map(({ type, name }) => `${type} ${name}`),
  };
}
