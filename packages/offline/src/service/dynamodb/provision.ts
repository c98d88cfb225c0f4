import path from "node:path";

import { type Graph, type GraphResource, resourcesOf } from "../../synth/graph.ts";
import { inputsOf, stateOf, z } from "../../synth/inputs.ts";
import type { Place } from "../../edge/requirement.ts";
import { SYSTEM_CLOCK } from "../../ground/clock.ts";
import type { Running, Service } from "../service.ts";
import { Dynamo, type StreamSettings, type TableIndex, type TableSettings } from "./dynamo.ts";
import { OfflineError } from "../../ground/error.ts";
import { dynamodbFront } from "./front.ts";
import { DYNAMODB_CONDITION_KEYS, type Tables } from "./iam.ts";
import { type StreamReaders, StreamSource } from "./streams/source.ts";

const TABLE = "aws:dynamodb/table:Table";

const keys = { hashKey: z.string(), rangeKey: z.optional(z.string()) };
const indexInputs = {
  name: z.string(),
  projectionType: z.string(),
  nonKeyAttributes: z.optional(z.array(z.string())),
};
const Table = z.object({
  ...keys,
  attributes: z.array(z.object({ name: z.string(), type: z.string() })),
  globalSecondaryIndexes: z.array(z.object({ ...keys, ...indexInputs })).default([]),
  // They have the hash key of the table.
  localSecondaryIndexes: z.array(z.object({ rangeKey: z.string(), ...indexInputs })).default([]),
  streamEnabled: z.boolean().default(false),
  streamViewType: z.optional(z.string()),
  ttl: z.optional(
    z.object({ attributeName: z.string().default(""), enabled: z.optional(z.boolean()) }),
  ),
});

type Index = z.output<typeof Table>["globalSecondaryIndexes"][number];

const indexOf = (index: Index): TableIndex => ({
  IndexName: index.name,
  KeySchema: keySchema(index),
  Projection: {
    ProjectionType: index.projectionType,
    ...(index.nonKeyAttributes && { NonKeyAttributes: index.nonKeyAttributes }),
  },
});

const keySchema = ({ hashKey, rangeKey }: { hashKey: string; rangeKey?: string | undefined }) => [
  { AttributeName: hashKey, KeyType: "HASH" },
  ...(rangeKey === undefined ? [] : [{ AttributeName: rangeKey, KeyType: "RANGE" }]),
];

/** Returns the tables of a graph. */
function planTables(graph: Graph): TableSettings[] {
  return resourcesOf(graph, TABLE).map((resource) => {
    const table = inputsOf(resource, Table);
    const globals = table.globalSecondaryIndexes.map(indexOf);
    const { hashKey } = table;
    const locals = table.localSecondaryIndexes.map((local) => indexOf({ ...local, hashKey }));
    return {
      TableName: resource.id,
      AttributeDefinitions: table.attributes.map(({ name, type }) => ({
        AttributeName: name,
        AttributeType: type,
      })),
      KeySchema: keySchema(table),
      // DynamoDB rejects an empty list.
      ...(globals.length > 0 && { GlobalSecondaryIndexes: globals }),
      ...(locals.length > 0 && { LocalSecondaryIndexes: locals }),
      BillingMode: "PAY_PER_REQUEST",
    };
  });
}

/** Returns the streams of the tables of a graph, by the name of the table. */
export function planStreams(graph: Graph): ReadonlyMap<string, StreamSettings> {
  return new Map(
    resourcesOf(graph, TABLE).flatMap((resource): [string, StreamSettings][] => {
      const { streamEnabled, streamViewType = "" } = inputsOf(resource, Table);
      return streamEnabled ? [[resource.id, streamOf(resource, streamViewType)]] : [];
    }),
  );
}

/** Returns the attributes with the time of expiry, by the name of the table. */
function planTimesToLive(graph: Graph): ReadonlyMap<string, string> {
  return new Map(
    resourcesOf(graph, TABLE).flatMap((resource): [string, string][] => {
      const { ttl } = inputsOf(resource, Table);
      return ttl?.enabled === true ? [[resource.id, ttl.attributeName]] : [];
    }),
  );
}

const VIEW_TYPES = ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"];

/** Throws `OfflineError` (`provision.rejected`) for a view type that DynamoDB rejects. */
function streamOf(resource: GraphResource, viewType: string): StreamSettings {
  if (!VIEW_TYPES.includes(viewType)) {
    throw new OfflineError(
      "provision.rejected",
      `the table ${resource.name} cannot be created: streamViewType is "${viewType}". Set it to one of ${VIEW_TYPES.join(", ")}.`,
    );
  }
  return { arn: stateOf(resource, "streamArn"), label: stateOf(resource, "streamLabel"), viewType };
}

/** Returns the partition keys of planned tables and of their indexes. */
export function knownTables(tables: readonly TableSettings[], place: Place): Tables {
  const prefix = `arn:aws:dynamodb:${place.region}:${place.accountId}:table/`;
  return {
    partitionKeyOf(tableArn, index) {
      const table = tables.find(({ TableName }) => tableArn === `${prefix}${TableName}`);
      const indexes = [
        ...(table?.GlobalSecondaryIndexes ?? []),
        ...(table?.LocalSecondaryIndexes ?? []),
      ];
      const tableOrIndex =
        index === undefined ? table : indexes.find(({ IndexName }) => IndexName === index);
      return tableOrIndex?.KeySchema.find(({ KeyType }) => KeyType === "HASH")?.AttributeName;
    },
  };
}

export interface RunningDynamo extends Running {
  readonly streams: StreamReaders;
}

export interface DynamoPlan {
  tables: TableSettings[];
  /** The streams, by the name of the table. */
  streams: ReadonlyMap<string, StreamSettings>;
  /** The attributes with the time of expiry, by the name of the table. */
  timesToLive: ReadonlyMap<string, string>;
}

export const dynamodb: Service<DynamoPlan, RunningDynamo> = {
  types: { [TABLE]: ["replicas", "importTable", "restoreSourceName", "restoreSourceTableArn"] },
  conditionKeys: DYNAMODB_CONDITION_KEYS,
  plan: (graph) => ({
    tables: planTables(graph),
    streams: planStreams(graph),
    timesToLive: planTimesToLive(graph),
  }),
  open({ graph, folder, options, authority, faults }, { tables, streams, timesToLive }) {
    const { region } = graph;
    const clock = options.clock ?? SYSTEM_CLOCK;
    const engine = new Dynamo(path.join(folder, "dynamodb"), {
      clock,
      region,
      onError: (error) =>
        options.onEvent({
          type: "problem",
          message: `DynamoDB does not delete what has expired: ${(error as Error).message}`,
        }),
    });
    const api = { log: engine.streams, clock, region, tables: () => engine.tables() };
    return {
      streams: new StreamSource(api, authority, faults),
      front: dynamodbFront({
        engine,
        place: graph,
        tables: knownTables(tables, graph),
        streams: api,
      }),
      async provision() {
        for (const table of tables) {
          const { TableName: name } = table;
          await engine.ensureTable(table, {
            stream: streams.get(name),
            ttl: timesToLive.get(name),
          });
        }
      },
      close: () => engine.close(),
    };
  },
};
