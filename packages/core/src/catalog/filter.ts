import type { FileRecord } from "./record.ts";

/** Values of the key conditions in the same request; a filter must not reuse their names. */
type KeyValue = ":pk" | ":prefix" | ":month" | ":from" | ":to";

/** A filter that DynamoDB applies after reading. It saves transfer, not read units. */
export interface Filter {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>> & { readonly [name in KeyValue]?: never };
}

/** Excludes tombstones. */
export const NOT_DELETED: Filter = {
  expression: "#state <> :deleted",
  names: { "#state": "state" },
  values: { ":deleted": "deleted" },
};

/** Tombstones that have not expired at `now`: DynamoDB deletes expired ones within days, not at once. */
export function tombstones(now: Date): Filter {
  return {
    expression: "#state = :deleted AND #expiresAt > :now",
    names: { "#state": "state", "#expiresAt": "expiresAt" },
    values: { ":deleted": "deleted", ":now": Math.floor(now.getTime() / 1000) },
  };
}

/** Whether a record is an expired tombstone, which DynamoDB may already have deleted. */
export function isExpired(record: FileRecord, now: Date): boolean {
  return record.state === "deleted" && Date.parse(record.expiresAt) <= now.getTime();
}

/** The conjunction of filters. */
export function allOf(filters: readonly Filter[]): Filter {
  return {
    expression: filters.map(({ expression }) => expression).join(" AND "),
    names: Object.assign({}, ...filters.map(({ names }) => names)),
    values: Object.assign({}, ...filters.map(({ values }) => values)),
  };
}
