import { recordKey } from "../../../src/catalog/keys.ts";
import { type FileRecord, parseItem } from "../../../src/catalog/record.ts";
import type { Table } from "../../catalog/table.ts";
import { BUCKET, iso, KEY, type S3Key } from "./s3-key.ts";

/**
 * What is wrong with the record of a key after its last event; undefined if nothing is. The event and the
 * arrival in the record are only known if no event was lost.
 */
export function differenceOf(table: Table, s3: S3Key, areAllKnown: boolean): string | undefined {
  const item = table.item({ Key: recordKey(BUCKET, KEY) });
  const record = item && parseItem(item);
  const answer = s3.read(true);
  const found = record?.state ?? "deleted";
  if (answer.kind === "gone") {
    if (found !== "deleted") return `recorded ${found}, but the object is gone`;
    if (!areAllKnown || s3.events.length === 0 || isRemoval(record?.event.name)) return undefined;
    return `the tombstone names ${record?.event.name}`;
  }
  if (answer.kind !== "object") {
    return found === "unreadable" ? undefined : `recorded ${found}, but S3 does not describe it`;
  }
  if (record?.state !== "present") return `recorded ${found}, but the object is present`;
  const { object } = answer;
  for (const name of ["etag", "versionId", "lastModified", "storageClass"] as const) {
    if (record[name] !== object[name]) return `${name}: ${record[name]}, but S3: ${object[name]}`;
  }
  return areAllKnown ? wrongEvent(record, s3) : undefined;
}

function wrongEvent(
  { arrivedAt, event }: FileRecord & { arrivedAt: string },
  { current, events, lastPlace }: S3Key,
): string | undefined {
  const created = events.find(({ kind, etag }) => kind === "created" && etag === current?.etag);
  if (created?.time !== arrivedAt) {
    // The time of arrival of a version that became current again is not known any more.
    const isKnown = current?.place === lastPlace;
    if (isKnown || arrivedAt !== iso(current?.lastModified ?? 0)) {
      return `arrivedAt: ${arrivedAt}, but created ${created?.time}`;
    }
  }
  const latest = events.reduce((a, { time }) => (time > a ? time : a), "");
  return event.time < latest ? `event of ${event.time}, but the latest is of ${latest}` : undefined;
}

const isRemoval = (name = "") => /^(ObjectRemoved|LifecycleExpiration):/.test(name);
