import type { TableIndex, TableSettings } from "../dynamodb/index.ts";
import { type Graph, resourcesOf } from "../synth/graph.ts";
import { inputsOf, z } from "./inputs.ts";

export const TABLE = "aws:dynamodb/table:Table";

/** The resource types that these plans speak for. */
export const TABLE_TYPES = [TABLE];

const keys = { hashKey: z.string(), rangeKey: z.optional(z.string()) };
const index = {
  name: z.string(),
  projectionType: z.string(),
  nonKeyAttributes: z.optional(z.array(z.string())),
};
const Table = z.object({
  ...keys,
  attributes: z.array(z.object({ name: z.string(), type: z.string() })),
  globalSecondaryIndexes: z.array(z.object({ ...keys, ...index })).default([]),
  // Of these, the hash key is the table's own.
  localSecondaryIndexes: z.array(z.object({ rangeKey: z.string(), ...index })).default([]),
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

/** Every table of the graph. */
export function planTables(graph: Graph): TableSettings[] {
  return resourcesOf(graph, TABLE).map((resource) => {
    const table = inputsOf(resource, Table);
    const globals = table.globalSecondaryIndexes.map(indexOf);
    const { hashKey } = table;
    const locals = table.localSecondaryIndexes.map((index) => indexOf({ ...index, hashKey }));
    return {
      TableName: resource.id,
      AttributeDefinitions: table.attributes.map(({ name, type }) => ({
        AttributeName: name,
        AttributeType: type,
      })),
      KeySchema: keySchema(table),
      // DynamoDB refuses an empty list.
      ...(globals.length > 0 && { GlobalSecondaryIndexes: globals }),
      ...(locals.length > 0 && { LocalSecondaryIndexes: locals }),
      BillingMode: "PAY_PER_REQUEST",
    };
  });
}
