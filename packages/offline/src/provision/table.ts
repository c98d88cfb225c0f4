import type { TableSettings } from "../dynamodb/index.ts";
import { type Graph, resourcesOf } from "../synth/graph.ts";
import { inputsOf, z } from "./inputs.ts";

const TABLE = "aws:dynamodb/table:Table";

/** The resource types that these plans speak for. */
export const TABLE_TYPES = [TABLE];

const keys = { hashKey: z.string(), rangeKey: z.optional(z.string()) };
const Table = z.object({
  ...keys,
  attributes: z.array(z.object({ name: z.string(), type: z.string() })),
  globalSecondaryIndexes: z
    .array(
      z.object({
        ...keys,
        name: z.string(),
        projectionType: z.string(),
        nonKeyAttributes: z.optional(z.array(z.string())),
      }),
    )
    .default([]),
});

const keySchema = ({ hashKey, rangeKey }: { hashKey: string; rangeKey?: string | undefined }) => [
  { AttributeName: hashKey, KeyType: "HASH" },
  ...(rangeKey === undefined ? [] : [{ AttributeName: rangeKey, KeyType: "RANGE" }]),
];

/** Every table of the graph. */
export function planTables(graph: Graph): TableSettings[] {
  return resourcesOf(graph, TABLE).map((resource) => {
    const table = inputsOf(resource, Table);
    const indexes = table.globalSecondaryIndexes.map((index) => ({
      IndexName: index.name,
      KeySchema: keySchema(index),
      Projection: {
        ProjectionType: index.projectionType,
        ...(index.nonKeyAttributes && { NonKeyAttributes: index.nonKeyAttributes }),
      },
    }));
    return {
      TableName: resource.id,
      AttributeDefinitions: table.attributes.map(({ name, type }) => ({
        AttributeName: name,
        AttributeType: type,
      })),
      KeySchema: keySchema(table),
      // DynamoDB refuses an empty list.
      ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
      BillingMode: "PAY_PER_REQUEST",
    };
  });
}
