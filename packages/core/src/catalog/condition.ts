import { allOf, type Filter, isExpired, NOT_DELETED, tombstones } from "./filter.ts";
import { glob, type Matcher } from "./glob.ts";
import type { FindQuery } from "./query.ts";
import type { FileRecord } from "./record.ts";
import { withChosenNames } from "./stored-names.ts";
import { causedBy, isCausedBy } from "./who.ts";

/** The condition of `find`, in two parts. */
export interface Condition {
  /** Applied by DynamoDB: it keeps every record that matches, and some that do not. */
  readonly filter: Filter;
  /** Whether a record matches the whole condition. */
  readonly matches: (record: FileRecord) => boolean;
}

/** The condition of a query, as of `now`. */
export function conditionOf(query: FindQuery, now: Date): Condition {
  return { filter: filterOf(query, now), matches: predicateOf(query, now) };
}

function predicateOf(query: FindQuery, now: Date): (record: FileRecord) => boolean {
  const { prefix, since, until, by, type, minSize, maxSize, nameLike, state } = query;
  const matchesName = nameLike === undefined ? undefined : nameMatcher(nameLike);
  const pairs = Object.entries(withChosenNames(query.metadata ?? {}));
  const tagPairs = Object.entries(withChosenNames(query.tags ?? {}));
  return (record) => {
    if (!record.key.startsWith(prefix)) return false;
    if (record.state === "deleted" ? state !== "deleted" : state && record.state !== state) {
      return false;
    }
    if (isExpired(record, now)) return false;
    const time = timeOf(record);
    if (since !== undefined && time < since) return false;
    if (until !== undefined && time >= until) return false;
    if (by !== undefined && !isCausedBy(record.event, by)) return false;
    const { size, contentType, metadata, tags } = described(record);
    if (minSize !== undefined && (size === undefined || size < minSize)) return false;
    if (maxSize !== undefined && (size === undefined || size > maxSize)) return false;
    if (type !== undefined && !isOfType(contentType, type)) return false;
    if (pairs.some(([name, value]) => !hasPair(metadata, name, value))) return false;
    if (tagPairs.some(([name, value]) => !hasPair(tags, name, value))) return false;
    return matchesName === undefined || matchesName(record.key);
  };
}

function filterOf(query: FindQuery, now: Date): Filter {
  const { since, until, by, minSize, maxSize, metadata = {}, tags = {}, state } = query;
  const filters: Filter[] = [];
  if (state === "deleted") filters.push(tombstones(now));
  else if (state === undefined) filters.push(NOT_DELETED);
  else filters.push(bound("#state = :state", { "#state": "state" }, { ":state": state }));

  if (since !== undefined) filters.push(timeFilter(state, ">= :since", { ":since": since }));
  if (until !== undefined) filters.push(timeFilter(state, "< :until", { ":until": until }));
  if (by !== undefined) filters.push(causedBy(by));

  const size = { "#object": "object", "#size": "size" };
  if (minSize !== undefined)
    filters.push(bound("#object.#size >= :min", size, { ":min": minSize }));
  if (maxSize !== undefined)
    filters.push(bound("#object.#size <= :max", size, { ":max": maxSize }));

  filters.push(...pairFilters("metadata", metadata), ...pairFilters("tags", tags));
  return allOf(filters);
}

/** Filters for members of a map in the description, by their stored names. */
function pairFilters(map: "metadata" | "tags", pairs: Readonly<Record<string, string>>): Filter[] {
  return Object.entries(pairs).map(([name, value], index) =>
    bound(
      `#object.#${map}.#${map}${index} = :${map}${index}`,
      { "#object": "object", [`#${map}`]: map, [`#${map}${index}`]: name },
      { [`:${map}${index}`]: value },
    ),
  );
}

function bound(
  expression: string,
  names: Record<string, string>,
  values: Filter["values"],
): Filter {
  return { expression, names, values };
}

function timeFilter(
  state: FindQuery["state"],
  comparison: string,
  values: Filter["values"],
): Filter {
  if (state === "deleted") {
    return bound(`#event.#time ${comparison}`, { "#event": "event", "#time": "time" }, values);
  }
  // Items of the first release have no time of arrival: their records have that of the object.
  const expression = `(attribute_not_exists(#arrivedAt) OR #arrivedAt ${comparison})`;
  return bound(expression, { "#arrivedAt": "arrivedAt" }, values);
}

/** When the object arrived or, if it is deleted, when it was deleted. */
function timeOf(record: FileRecord): string {
  return record.state === "deleted" ? record.event.time : record.arrivedAt;
}

/** The description in a record, as far as its state has one. */
function described(record: FileRecord): {
  size?: number | undefined;
  contentType?: string | undefined;
  metadata?: Record<string, string>;
  tags?: Record<string, string> | undefined;
} {
  if (record.state === "present") return record;
  return record.state === "unreadable" ? { size: record.size } : {};
}

function hasPair(map: Record<string, string> | undefined, name: string, value: string): boolean {
  return map !== undefined && Object.hasOwn(map, name) && map[name] === value;
}

/** The media type of a `Content-Type`, in lower case and without parameters; undefined if it is missing. */
export function mediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase() || undefined;
}

function isOfType(contentType: string | undefined, type: string): boolean {
  const own = mediaType(contentType);
  if (own === undefined) return false;
  return type.endsWith("/*") ? own.startsWith(type.slice(0, -1)) : own === type;
}

/** A pattern with a slash applies to the whole key, one without to the part after its last slash. */
function nameMatcher(pattern: string): Matcher {
  const matches = glob(pattern);
  if (pattern.includes("/")) return matches;
  return (key) => matches(key.slice(key.lastIndexOf("/") + 1));
}
