import { depthOf } from "../queue/index.ts";
import { deadEventsQueue } from "../resource.ts";
import { holdDeadLetters } from "./hold.ts";
import type { DeadLetter } from "./letter.ts";

export interface DeadLetters {
  /** In the order in which they were sent. */
  readonly letters: readonly DeadLetter[];
  /** Dead letters in the queue that can be received, as SQS estimates it. */
  readonly about: number;
}

/** The number of dead letters that can be received, as SQS estimates it. Throws a `ServiceError` (`queue.failed`). */
export async function countDeadLetters(): Promise<number> {
  return (await depthOf(deadEventsQueue())).waiting;
}

/**
 * Reads up to `limit` dead letters, with the limits of `holdDeadLetters`. It stops after the first
 * letter for which `found` returns true. Throws a `ServiceError` (`queue.failed`).
 */
export async function listDeadLetters(
  limit: number,
  found: (letter: DeadLetter) => boolean = () => false,
): Promise<DeadLetters> {
  const expected = await countDeadLetters();
  const letters: DeadLetter[] = [];
  const isEnough = (held: readonly { letter: DeadLetter }[]) =>
    held.some(({ letter }) => found(letter));
  await holdDeadLetters({ limit, expected, isEnough }, (held) => {
    letters.push(...held.map(({ letter }) => letter));
    return Promise.resolve([]);
  });
  const inOrder = letters.toSorted((a, b) => (a.sentAt < b.sentAt ? -1 : 1));
  return { letters: inOrder, about: Math.max(expected, letters.length) };
}
