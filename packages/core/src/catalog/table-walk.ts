import { filesBucket } from "../resource.ts";
import { compareBytes } from "./byte-order.ts";
import type { Filter } from "./filter.ts";
import { PARTITION, partitions, SORT } from "./keys.ts";
import { Merge, type Page, type ReadPage } from "./merge.ts";
import { type Item, readItems, type Reads } from "./reads.ts";

/** A position in byte order of keys. */
export interface KeyPosition {
  readonly key: string;
}

export interface TableItem extends KeyPosition {
  readonly item: Item;
}

export interface TableRange {
  readonly prefix: string;
  readonly filter: Filter;
  /** Whether to read with strong consistency, at twice the price. */
  readonly consistent: boolean;
  /** Paths of the attributes to fetch besides the key, such as `object.size`; undefined for the whole item. */
  readonly fields?: readonly string[];
}

export const byKey = (a: KeyPosition, b: KeyPosition) => compareBytes(a.key, b.key);

/**
 * Where to start in a prefix after a key; undefined if the whole prefix comes before the key. DynamoDB
 * rejects a start position outside the range of the query.
 */
export function startIn(
  prefix: string,
  after: string,
): { readonly after?: KeyPosition } | undefined {
  if (after !== "" && after.startsWith(prefix)) return { after: { key: after } };
  return compareBytes(after, prefix) <= 0 ? {} : undefined;
}

/** The shards of a range of the table, each in the order of keys. */
export function tableShards(range: TableRange, reads: Reads): ReadPage<TableItem, KeyPosition>[] {
  return partitions(filesBucket()).map(
    (pk) => (after, limit) => readPage(pk, range, after, limit, reads),
  );
}

/**
 * All items of a range in the order of keys, with a page of each shard in memory. If `mayRead` stops it,
 * it returns where to continue.
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
  const projection = fields && projectionOf(fields);
  const { Items = [], LastEvaluatedKey } = await readItems(
    {
      ConsistentRead: consistent,
      Limit: limit,
      // The key condition must not contain an empty string.
      KeyConditionExpression:
        prefix === "" ? "#pk = :pk" : "#pk = :pk AND begins_with(#sk, :prefix)",
      FilterExpression: filter.expression,
      ...(projection && { ProjectionExpression: `#sk, ${projection.expression}` }),
      ExpressionAttributeNames: {
        "#pk": PARTITION,
        ...(prefix === "" && !projection ? {} : { "#sk": SORT }),
        ...filter.names,
        ...projection?.names,
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

/** Aliases for all names of the paths, because many are reserved words of DynamoDB. */
function projectionOf(paths: readonly string[]) {
  const names: Record<string, string> = {};
  const expression = paths.map((path) => {
    const aliases = path.split(".").map((name) => {
      names[`#field_${name}`] = name;
      return `#field_${name}`;
    });
    return aliases.join(".");
  });
  return { expression: expression.join(", "), names };
}
