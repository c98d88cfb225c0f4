import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";

import { answerOf } from "../aws/answer.ts";
import { dynamodb } from "../aws/dynamodb.ts";
import { WaybillError } from "../error.ts";
import { depthOf, type QueueDepth } from "../queue/index.ts";
import { app, catalogTable, deadEventsQueue, eventsQueue, filesBucket } from "../resource.ts";
import { recentMetrics, type RecentMetrics } from "./metrics.ts";

/** How a stage is doing. */
export interface Status {
  readonly app: string;
  readonly stage: string;
  readonly bucket: string;
  readonly catalogue: {
    readonly table: string;
    /** Records, tombstones included, as DynamoDB counts them every six hours or so; undefined before. */
    readonly items?: number | undefined;
  };
  readonly events: QueueDepth;
  readonly deadLetters: QueueDepth;
  readonly metrics: RecentMetrics | { readonly unavailable: WaybillError };
}

/**
 * Asks how a stage is doing, at no cost that grows with it. That CloudWatch does not answer is part of
 * the status; throws a `ServiceError` where SQS or DynamoDB does not.
 */
export async function status(now: Date): Promise<Status> {
  const [catalogue, events, deadLetters, metrics] = await Promise.all([
    describeCatalogue(),
    depthOf(eventsQueue()),
    depthOf(deadEventsQueue()),
    recentMetrics(now).catch((error: unknown) => {
      if (error instanceof WaybillError) return { unavailable: error };
      throw error;
    }),
  ]);
  const { name, stage } = app();
  return { app: name, stage, bucket: filesBucket(), catalogue, events, deadLetters, metrics };
}

async function describeCatalogue(): Promise<Status["catalogue"]> {
  const table = catalogTable();
  const { Table } = await answerOf(
    dynamodb.send(new DescribeTableCommand({ TableName: table })),
    "status.no_table",
    "DynamoDB did not describe the catalogue's table.",
  );
  // A table that has not been counted yet has none.
  return { table, items: Table?.ItemCount || undefined };
}
