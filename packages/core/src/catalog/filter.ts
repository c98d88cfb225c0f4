import type { FileRecord } from "./record.ts";

/** Values of the key conditions that filters stand beside: a filter's value of the same name would take its place. */
type KeyValue = ":pk" | ":prefix" | ":month" | ":from" | ":to";

/** What DynamoDB leaves out of what it has read. It saves the way to us, not the reading. */
export interface Filter {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>> & { readonly [name in KeyValue]?: never };
}

/** Everything but deleted objects. */
export const STANDING: Filter = {
  expression: "#state <> :deleted",
  names: { "#state": "state" },
  values: { ":deleted": "deleted" },
};

/** Tombstones that are still in force at `now`: DynamoDB deletes those that are not within days, not at once. */
export function tombstones(now: Date): Filter {
  return {
    expression: "#state = :deleted AND #expiresAt > :now",
    names: { "#state": "state", "#expiresAt": "expiresAt" },
    values: { ":deleted": "deleted", ":now": Math.floor(now.getTime() / 1000) },
  };
}

/** Whether a record is a tombstone that may have vanished already. */
export function isExpired(record: FileRecord, now: Date): boolean {
  return record.state === "deleted" && Date.parse(record.expiresAt) <= now.getTime();
}

/** What passes all of them. */
export function allOf(filters: readonly Filter[]): Filter {
  return {
    expression: filters.map(({ expression }) => expression).join(" AND "),
    names: Object.assign({}, ...filters.map(({ names }) => names)),
    values: Object.assign({}, ...filters.map(({ values }) => values)),
  };
}
