import * as z from "zod/mini";

import { fromStoredSequencer } from "../notification/sequencer.ts";
import { fit } from "./fit.ts";

const text = z.string();
const optionalText = z.optional(text);

/** The event that a record names, and who caused it, as far as S3 says. */
export const EventNote = z.object({
  name: text,
  time: text,
  principal: optionalText,
  sourceIp: optionalText,
  requestId: optionalText,
});
export type EventNote = z.output<typeof EventNote>;

/** The part of a stored item on which the ingest rule decides. */
const Stored = z.object({
  state: z.enum(["present", "unreadable", "deleted"]),
  sequencer: text,
  event: EventNote,
  unreadable: z.optional(z.object({ reason: text })),
  object: z.optional(
    z.object({
      versionId: optionalText,
      etag: optionalText,
      lastModified: optionalText,
      size: z.optional(z.number()),
      storageClass: optionalText,
    }),
  ),
  /** Absent in records of the first release, as is `rev`. */
  readAt: optionalText,
  rev: optionalText,
  arrivedAt: optionalText,
  /** Only in records of the first release. */
  indexedAt: optionalText,
});

/** The attributes that a stored record is read from. */
export const STORED_FIELDS = [
  "state",
  "sequencer",
  "event",
  "unreadable",
  "object.versionId",
  "object.etag",
  "object.lastModified",
  "object.size",
  "object.storageClass",
  "readAt",
  "rev",
  "arrivedAt",
  "indexedAt",
] as const;

/** A stored record, as the ingest rule compares it. */
export interface StoredRecord extends z.output<typeof Stored> {
  /** The sequencer exactly as it is stored; records of the first release have another form. */
  readonly storedSequencer: string;
}

/** Reads an item that a rejected write returned. Throws an `InputError` if a later version wrote it. */
export function parseStored(item: unknown): StoredRecord {
  const stored = fit(Stored, item);
  return {
    ...stored,
    sequencer: fromStoredSequencer(stored.sequencer),
    storedSequencer: stored.sequencer,
  };
}

/** The greater of two sequencers. */
export function greatestOf(a: string, b = ""): string {
  return a > b ? a : b;
}
