import { ServiceError } from "../error.ts";
import type {
  ChangedEvent,
  ObjectEvent,
  RejectedRecord,
  SequencedEvent,
} from "../notification/event.ts";
import { parseNotification } from "../notification/parse.ts";
import { applyEvent, type Ports } from "./apply.ts";
import { collapse, type Step } from "./collapse.ts";
import type { Outcome } from "./outcome.ts";

/** A queue message. */
export interface Message {
  readonly messageId: string;
  readonly body: string;
}

/** The outcome of one event of a message, or of a message without events. */
export interface Report {
  readonly messageId: string;
  readonly event?: ObjectEvent | RejectedRecord | undefined;
  readonly outcome: Outcome;
}

interface Entry {
  readonly messageId: string;
  readonly event: SequencedEvent | ChangedEvent;
}

/** Objects that are processed at a time; the SDK opens up to 50 connections. */
const CONCURRENCY = 32;

/**
 * Applies a batch of messages to the catalog of `bucket` and returns the ids of the messages that
 * failed and must be retried.
 *
 * Every event is reported once. A message fails if any of its events fails; other messages are not
 * affected. An event that is superseded by a newer event of its key fails if that event fails. When
 * `signal` aborts, unfinished events fail.
 */
export async function ingestBatch(
  messages: readonly Message[],
  bucket: string,
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

  const keys = new Map<string, Entry[]>();
  for (const { messageId, body } of messages) {
    for (const { event, outcome } of open(body, bucket)) {
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
    for (const step of collapse(entries)) {
      if (signal.aborted) return;
      await applyStep(step, ports, settleEntry, signal);
    }
  });
  await Promise.race([work, aborted(signal)]);

  for (const entry of pending) settleEntry(entry, { outcome: "failed", error: outOfTime() });
  return [...failed];
}

function outOfTime(): ServiceError {
  const message = "The invocation's deadline passed before this event was processed.";
  return new ServiceError("ingest.out_of_time", message, { retry: true });
}

type Opened =
  | { readonly event: SequencedEvent | ChangedEvent; readonly outcome?: undefined }
  | { readonly event?: ObjectEvent | RejectedRecord | undefined; readonly outcome: Outcome };

/** The events of a message, each to be applied or with its outcome; or the outcome of the message. */
function open(body: string, bucket: string): Opened[] {
  try {
    const notification = parseNotification(body, bucket);
    if (notification.kind === "test") return [{ outcome: { outcome: "test" } }];
    return notification.records.map((event): Opened => {
      if (event.kind === "rejected") {
        return { event, outcome: { outcome: "failed", error: event.error } };
      }
      if (event.kind === "ignored") return { event, outcome: { outcome: "ignored" } };
      return { event };
    });
  } catch (error) {
    return [{ outcome: { outcome: "failed", error } }];
  }
}

async function applyStep(
  { last, superseded }: Step<Entry>,
  ports: Ports,
  settle: (entry: Entry, outcome: Outcome) => void,
  signal: AbortSignal,
): Promise<void> {
  let outcome: Outcome;
  try {
    outcome = await applyEvent(last.event, ports, signal);
  } catch (error) {
    outcome = { outcome: "failed", error };
  }
  settle(last, outcome);
  for (const entry of superseded) {
    // If it were acknowledged and the newer event became a dead letter, both would be lost.
    settle(
      entry,
      outcome.outcome === "failed" ? outcome : { outcome: "stale", reason: "superseded" },
    );
  }
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
