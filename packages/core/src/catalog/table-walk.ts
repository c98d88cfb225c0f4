import { filesBucket } from "../resource.ts";
import { compareBytes } from "./byte-order.ts";
import type { Filter } from "./filter.ts";
import { PARTITION, partitions, SORT } from "./keys.ts";
import { Merge, type Page, type ReadPage } from "./merge.ts";
import { type Item, readItems, type Reads } from "./reads.ts";

/** A place in the order of keys, which is that of their bytes. */
export interface KeyPosition {
  readonly key: string;
}

export interface TableItem extends KeyPosition {
  readonly item: Item;
}

export interface TableRange {
  readonly prefix: string;
  readonly filter: Filter;
  /** Whether every write made before is seen, at twice the price. */
  readonly consistent: boolean;
  /** What to fetch of what is said of the object, and nothing else but the key. */
  readonly fields?: readonly string[];
}

export const byKey = (a: KeyPosition, b: KeyPosition) => compareBytes(a.key, b.key);

/**
 * Where in a prefix to begin after a key; undefined if all of the prefix comes before it. DynamoDB takes no
 * place to start at that is outside the range.
 */
export function startIn(
  prefix: string,
  after: string,
): { readonly after?: KeyPosition } | undefined {
  if (after !== "" && after.startsWith(prefix)) return { after: { key: after } };
  return compareBytes(after, prefix) <= 0 ? {} : undefined;
}

/** The shards of the table, each with what it holds of a range in the order of keys. */
export function tableShards(range: TableRange, reads: Reads): ReadPage<TableItem, KeyPosition>[] {
  return partitions(filesBucket()).map(
    (pk) => (after, limit) => readPage(pk, range, after, limit, reads),
  );
}

/**
 * Everything in a range in the order of keys, with as many items in memory as a page of each shard
 * has. If `mayRead` ends it, it returns where to go on.
 */
export async function* walkTable(
  range: TableRange,
  options: {
    readonly after?: KeyPosition | undefined;
    readonly limit: number;
    readonly ahead?: boolean;
    readonly mayRead?: () => boolean;
  },
  reads: Reads,
): AsyncGenerator<TableItem, KeyPosition | undefined> {
  const start = startIn(range.prefix, options.after?.key ?? "");
  if (start === undefined) return undefined;
  const merge = new Merge(tableShards(range, reads), {
    ...options,
    after: start.after,
    compare: byKey,
  });
  for (let item = await merge.peek(); item; item = await merge.peek()) {
    merge.skipPast(item);
    yield item;
  }
  return merge.stoppedAt();
}

async function readPage(
  pk: string,
  { prefix, filter, consistent, fields }: TableRange,
  after: KeyPosition | undefined,
  limit: number,
  reads: Reads,
): Promise<Page<TableItem, KeyPosition>> {
  const projection = fields?.map((field, index) => [`#field${index}`, field] as const);
  const { Items = [], LastEvaluatedKey } = await readItems(
    {
      ConsistentRead: consistent,
      Limit: limit,
      // The key condition does not take an empty string.
      KeyConditionExpression:
        prefix === "" ? "#pk = :pk" : "#pk = :pk AND begins_with(#sk, :prefix)",
      FilterExpression: filter.expression,
      ...(projection && {
        ProjectionExpression: ["#sk", ...projection.map(([name]) => `#object.${name}`)].join(", "),
      }),
      ExpressionAttributeNames: {
        "#pk": PARTITION,
        ...(prefix === "" && !projection ? {} : { "#sk": SORT }),
        ...filter.names,
        ...(projection && { "#object": "object", ...Object.fromEntries(projection) }),
      },
      ExpressionAttributeValues: {
        ":pk": pk,
        ...(prefix === "" ? {} : { ":prefix": prefix }),
        ...filter.values,
      },
      ...(after && { ExclusiveStartKey: { [PARTITION]: pk, [SORT]: after.key } }),
    },
    reads,
  );
  return {
    items: Items.map((item) => ({ key: String(item[SORT]), item })),
    next: LastEvaluatedKey && { key: String(LastEvaluatedKey[SORT]) },
  };
}
