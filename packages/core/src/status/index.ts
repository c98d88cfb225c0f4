import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";

import { call } from "../aws/call.ts";
import { dynamodb } from "../aws/dynamodb.ts";
import { completeness } from "../completeness/index.ts";
import { WaybillError } from "../error.ts";
import { depthOf, type QueueDepth } from "../queue/index.ts";
import { app, catalogTable, deadEventsQueue, eventsQueue, filesBucket } from "../resource.ts";
import { recentMetrics, type RecentMetrics } from "./metrics.ts";

/** The state of a stage. */
export interface Status {
  readonly app: string;
  readonly stage: string;
  readonly bucket: string;
  readonly catalog: {
    readonly table: string;
    /** Records and tombstones. DynamoDB counts them about every six hours; undefined before the first count. */
    readonly items?: number | undefined;
    /** When the last comparison with the bucket began that left no difference; undefined if there was none. */
    readonly completeAsOf?: string | undefined;
  };
  readonly events: QueueDepth;
  readonly deadLetters: QueueDepth;
  readonly metrics: RecentMetrics | { readonly unavailable: WaybillError };
}

/**
 * Reads the state of a stage, at a cost that does not depend on its size. An error of CloudWatch is part
 * of the status. Throws a `ServiceError` if SQS or DynamoDB cannot be read.
 */
export async function status(now: Date): Promise<Status> {
  const [catalog, events, deadLetters, metrics] = await Promise.all([
    describeCatalog(),
    depthOf(eventsQueue()),
    depthOf(deadEventsQueue()),
    recentMetrics(now).catch((error: unknown) => {
      if (error instanceof WaybillError) return { unavailable: error };
      throw error;
    }),
  ]);
  const { name, stage } = app();
  return { app: name, stage, bucket: filesBucket(), catalog, events, deadLetters, metrics };
}

async function describeCatalog(): Promise<Status["catalog"]> {
  const table = catalogTable();
  const [{ Table }, { completeAsOf }] = await Promise.all([
    call(
      dynamodb.send(new DescribeTableCommand({ TableName: table })),
      "status.no_table",
      "Could not describe the catalog table.",
    ),
    completeness(""),
  ]);
  // DynamoDB reports 0 before the first count.
  return { table, items: Table?.ItemCount || undefined, completeAsOf };
}
