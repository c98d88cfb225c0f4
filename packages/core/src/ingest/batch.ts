import { ServiceError } from "../error.ts";
import {
  isAboutTags,
  type ObjectChange,
  type ObjectEvent,
  type RejectedRecord,
} from "../notification/event.ts";
import { parseNotification } from "../notification/parse.ts";
import { applyEvents, type Ports } from "./apply.ts";
import type { Outcome } from "./outcome.ts";
import { latestOf } from "./trigger.ts";

/** A queue message. */
export interface Message {
  readonly messageId: string;
  readonly body: string;
}

/** What a stage catalogs. */
export interface Scope {
  readonly bucket: string;
  /** Whether the records have the tags of the objects; otherwise events about tags are ignored. */
  readonly tags: boolean;
}

/** The outcome of one event of a message, or of a message without events. */
export interface Report {
  readonly messageId: string;
  readonly event?: ObjectEvent | RejectedRecord | undefined;
  readonly outcome: Outcome;
}

interface Entry {
  readonly messageId: string;
  readonly event: ObjectChange;
}

/** The events of one key; they share one read. */
type Entries = readonly [Entry, ...Entry[]];

/** Objects that are processed at a time; the SDK opens up to 50 connections. */
const CONCURRENCY = 32;

/**
 * Applies a batch of messages to the catalog of a bucket and returns the ids of the messages that
 * failed and must be retried.
 *
 * Every event is reported once. A message fails if any of its events fails; other messages are not
 * affected. The events of one key share one read and one write, so they fail together. When `signal`
 * aborts, unfinished events fail.
 */
export async function ingestBatch(
  messages: readonly Message[],
  scope: Scope,
  ports: Ports,
  report: (report: Report) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const failed = new Set<string>();
  const pending = new Set<Entry>();
  const settle = (result: Report) => {
    if (result.outcome.outcome === "failed") failed.add(result.messageId);
    report(result);
  };
  const settleEntry = (entry: Entry, outcome: Outcome) => {
    // An event that ends after the deadline is already reported as failed.
    if (pending.delete(entry)) settle({ ...entry, outcome });
  };

  const keys = new Map<string, [Entry, ...Entry[]]>();
  for (const { messageId, body } of messages) {
    for (const { event, outcome } of open(body, scope)) {
      if (outcome !== undefined) {
        settle({ messageId, event, outcome });
        continue;
      }
      const entry = { messageId, event };
      pending.add(entry);
      const entries = keys.get(event.key);
      if (entries) entries.push(entry);
      else keys.set(event.key, [entry]);
    }
  }

  const work = forEach([...keys.values()], CONCURRENCY, async (entries) => {
    if (!signal.aborted) await applyEntries(entries, ports, settleEntry, signal);
  });
  const ended = new AbortController();
  try {
    await Promise.race([work, aborted(signal, ended.signal)]);
  } finally {
    ended.abort();
  }

  for (const entry of pending) settleEntry(entry, { outcome: "failed", error: outOfTime() });
  return [...failed];
}

function outOfTime(): ServiceError {
  const message = "The invocation's deadline passed before this event was processed.";
  return new ServiceError("ingest.out_of_time", message, { retry: true });
}

type Opened =
  | { readonly event: ObjectChange; readonly outcome?: undefined }
  | { readonly event?: ObjectEvent | RejectedRecord | undefined; readonly outcome: Outcome };

/** The events of a message, each to be applied or with its outcome; or the outcome of the message. */
function open(body: string, { bucket, tags }: Scope): Opened[] {
  try {
    const notification = parseNotification(body, bucket);
    if (notification.kind === "test") return [{ outcome: { outcome: "test" } }];
    return notification.records.map((event): Opened => {
      if (event.kind === "rejected") {
        return { event, outcome: { outcome: "failed", error: event.error } };
      }
      if (event.kind === "ignored" || (!tags && isAboutTags(event.name))) {
        return { event, outcome: { outcome: "ignored" } };
      }
      return { event };
    });
  } catch (error) {
    return [{ outcome: { outcome: "failed", error } }];
  }
}

/** Reports the outcome for the latest event of a key; the others are superseded, or fail with it. */
async function applyEntries(
  entries: Entries,
  ports: Ports,
  settle: (entry: Entry, outcome: Outcome) => void,
  signal: AbortSignal,
): Promise<void> {
  const [first, ...others] = entries;
  const events = [first.event, ...others.map(({ event }) => event)] as const;
  let outcome: Outcome;
  try {
    outcome = await applyEvents(events, ports, signal);
  } catch (error) {
    outcome = { outcome: "failed", error };
  }
  const latest = latestOf(events);
  const named = entries.find(({ event }) => event === latest) ?? first;
  settle(named, outcome);
  const rest: Outcome =
    outcome.outcome === "failed" ? outcome : { outcome: "stale", reason: "superseded" };
  for (const entry of entries) if (entry !== named) settle(entry, rest);
}

/** Calls `work` for each item, at most `limit` at a time. */
async function forEach<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}

/** Resolves when `signal` aborts. Stops listening when `ended` aborts. */
function aborted(signal: AbortSignal, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true, signal: ended });
  });
}
