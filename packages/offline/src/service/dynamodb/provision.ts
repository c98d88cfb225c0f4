import path from "node:path";

import { type Graph, resourcesOf } from "../../synth/graph.ts";
import { inputsOf, z } from "../../synth/inputs.ts";
import type { Place } from "../../edge/requirement.ts";
import type { Service } from "../service.ts";
import { Dynamo, type TableIndex, type TableSettings } from "./dynamo.ts";
import { dynamodbFront } from "./front.ts";
import { DYNAMODB_CONDITION_KEYS, type Tables } from "./iam.ts";

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

export const dynamodb: Service<{ tables: TableSettings[] }> = {
  types: { [TABLE]: ["ttl", "streamEnabled"] },
  conditionKeys: DYNAMODB_CONDITION_KEYS,
  plan: (graph) => ({ tables: planTables(graph) }),
  open({ graph, folder }, { tables }) {
    const engine = new Dynamo(path.join(folder, "dynamodb"));
    return {
      front: dynamodbFront(engine, graph, knownTables(tables, graph)),
      async provision() {
        for (const table of tables) await engine.ensureTable(table);
      },
      close: () => engine.close(),
    };
  },
};
