import type {
  AdoptChange,
  BarrierChange,
  OvertakenChange,
  PutChange,
  RefreshChange,
  TombstoneChange,
} from "../../src/catalog/change.ts";
import type { ChangedEvent, SequencedEvent } from "../../src/notification/event.ts";
import { normalizeSequencer } from "../../src/notification/sequencer.ts";
import type { ObjectDescription } from "../../src/object/description.ts";

/** Millisecond `n` of a day in March. */
export const at = (n: number): string => new Date(Date.UTC(2026, 2, 1) + n).toISOString();

const NAMES = {
  created: "ObjectCreated:Put",
  removed: "ObjectRemoved:Delete",
  expired: "LifecycleExpiration:Delete",
} as const;

/** An event of the object `k`. The sequencer is also its time. */
export function event(
  kind: SequencedEvent["kind"],
  sequencer: number,
  more: Partial<SequencedEvent> = {},
): SequencedEvent {
  return {
    kind,
    name: NAMES[kind],
    time: at(sequencer),
    region: "eu-central-1",
    bucket: "files",
    key: "k",
    sequencer: normalizeSequencer(sequencer.toString(16).padStart(8, "0")),
    ...more,
  };
}

export const OBJECT: ObjectDescription = {
  size: 5,
  etag: "e1",
  lastModified: at(0),
  versionId: "v1",
  contentType: "text/plain",
  storageClass: "STANDARD",
  metadata: { author: "a" },
};

/** Records the description that was read at `askedAt`. */
export const put = (
  by: SequencedEvent,
  askedAt: number,
  object: Partial<ObjectDescription> = {},
): PutChange => ({
  kind: "put",
  event: by,
  askedAt: at(askedAt),
  content: { state: "present", object: { ...OBJECT, ...object } },
});

export const unreadable = (by: SequencedEvent, askedAt: number, reason: string): PutChange => ({
  kind: "put",
  event: by,
  askedAt: at(askedAt),
  content: { state: "unreadable", reason },
});

export const tombstone = (
  by: SequencedEvent,
  askedAt: number,
  because: TombstoneChange["because"] = "newer",
): TombstoneChange => ({ kind: "tombstone", event: by, askedAt: at(askedAt), because });

export function refresh(askedAt: number, object: Partial<ObjectDescription> = {}): RefreshChange {
  const { kind: _, sequencer: __, ...facts } = event("created", 0);
  const changed: ChangedEvent = { ...facts, kind: "changed", name: "LifecycleTransition" };
  return {
    kind: "refresh",
    event: changed,
    askedAt: at(askedAt),
    object: { ...OBJECT, ...object },
  };
}

export const adopt = (askedAt: number, object: Partial<ObjectDescription> = {}): AdoptChange => ({
  ...refresh(askedAt, object),
  kind: "adopt",
});

export function barrier(askedAt: number): BarrierChange {
  const { object: _, ...change } = refresh(askedAt);
  return { ...change, kind: "barrier" };
}

export const overtaken = (change: PutChange): OvertakenChange => ({
  ...change,
  kind: "overtaken",
});
