import type { ObjectChange } from "../../src/notification/event.ts";
import { normalizeSequencer } from "../../src/notification/sequencer.ts";
import type { ObjectDescription } from "../../src/object/description.ts";
import type { Answer } from "../../src/object/reading.ts";

/** Second `n` of a day in March. */
export const at = (n: number): string => new Date(Date.UTC(2026, 2, 1) + n * 1000).toISOString();

const NAMES = {
  created: "ObjectCreated:Put",
  removed: "ObjectRemoved:Delete",
  expired: "LifecycleExpiration:Delete",
  changed: "ObjectRestore:Completed",
  listed: "Waybill:Reconcile",
} as const;

/** An event of the object `k`. The sequencer is also its time in seconds. */
export function event(
  kind: ObjectChange["kind"],
  sequencer: number,
  more: Partial<ObjectChange> = {},
): ObjectChange {
  return {
    kind,
    name: NAMES[kind],
    time: at(sequencer),
    region: "eu-central-1",
    bucket: "files",
    key: "k",
    ...(kind === "changed" || kind === "listed" ? {} : { sequencer: sequencerOf(sequencer) }),
    ...(kind === "created" ? { versionId: `v${sequencer}` } : {}),
    ...more,
  };
}

export const sequencerOf = (n: number): string => normalizeSequencer(n.toString(16));

/** The object of version `v<n>`, written at second `n`. */
export const object = (n: number, more: Partial<ObjectDescription> = {}): ObjectDescription => ({
  size: 5,
  etag: `e${n}`,
  lastModified: at(n),
  versionId: `v${n}`,
  contentType: "text/plain",
  storageClass: "STANDARD",
  metadata: { author: "a" },
  ...more,
});

export const found = (n: number, more: Partial<ObjectDescription> = {}): Answer => ({
  kind: "object",
  object: object(n, more),
});
export const GONE: Answer = { kind: "gone" };
export const AMBIGUOUS: Answer = { kind: "ambiguous" };
export const CUSTOMER_KEY: Answer = { kind: "undescribed", reason: "customer_key" };
