import type { TableSettings } from "../dynamodb/index.ts";
import type { Graph } from "../synth/graph.ts";
import { BUCKET_TYPES, type BucketPlan, planBuckets } from "./bucket.ts";
import { declaredOf } from "./declared.ts";
import { FUNCTION_TYPES, type FunctionPlan, planFunctions } from "./function.ts";
import { QUEUE_TYPES, type QueuePlan, planQueues } from "./queue.ts";
import { TABLE_TYPES, planTables } from "./table.ts";

/** What of a graph can run offline, and what is only declared. */
export interface Plan {
  buckets: BucketPlan[];
  tables: TableSettings[];
  queues: QueuePlan[];
  functions: FunctionPlan[];
  /** `type name` of every resource that nothing here runs, and `type name (part)` where it is a part of one. */
  declared: string[];
}

const RUN = new Set([...BUCKET_TYPES, ...TABLE_TYPES, ...QUEUE_TYPES, ...FUNCTION_TYPES]);

/** Turns a graph into what a stack has to start. A type that offline does not know is listed, never dropped. */
export function plan(graph: Graph): Plan {
  const queues = planQueues(graph);
  const functions = planFunctions(graph, new Set(queues.map(({ arn }) => arn)));
  return {
    buckets: planBuckets(graph),
    tables: planTables(graph),
    queues,
    functions,
    declared: declaredOf(graph, functions, RUN),
  };
}
