import { S3ServiceException } from "@aws-sdk/client-s3";

import { type Random, randomFrom } from "../random.ts";
import { ControlError } from "../stack.ts";
import type { Version } from "./holdings.ts";
import { chooseOperation, eventsOf, keyNames, keysOf, type Operation } from "./operation.ts";
import { perform, type Place, versionsOf } from "./perform.ts";

export interface TrafficOptions {
  readonly events: number;
  readonly keys: number;
  readonly seed: number;
  /** Resolves when the next operation may begin. */
  readonly pace: () => Promise<void>;
  /** Called after each operation, with the number of events so far. */
  readonly onProgress: (events: number) => void;
}

export interface Traffic {
  readonly operations: number;
  /** As many as S3 acknowledged operations have. */
  readonly events: number;
  /** Operations that were not answered, and then found done or done again. */
  readonly unanswered: number;
  /** What S3 had acknowledged and did not hold afterwards. */
  readonly losses: string[];
}

/** Each has keys of its own, so that what happens to a key happens in a known order. */
const LANES = 16;

/** Makes random traffic until S3 must have sent so many events. The same seed makes the same choices. */
export async function makeTraffic(options: TrafficOptions, place: Place): Promise<Traffic> {
  const names = keyNames(options.keys);
  const traffic = { operations: 0, events: 0, unanswered: 0, losses: [] as string[] };
  const lanes = Math.min(LANES, names.length);
  const live = async (lane: number) => {
    const random: Random = randomFrom(options.seed * LANES + lane);
    const keys = names.filter((_, index) => index % lanes === lane);
    for (let events = 0; events < options.events / lanes;) {
      const operation = chooseOperation(keys, place.holdings, random);
      await options.pace();
      await complete(operation, place, traffic);
      events += eventsOf(operation);
      traffic.operations += 1;
      traffic.events += eventsOf(operation);
      options.onProgress(traffic.events);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => live(lane)));
  return traffic;
}

/** Performs an operation; where there was no answer, finds out whether it was done, and does it again if not. */
async function complete(
  operation: Operation,
  place: Place,
  traffic: { unanswered: number; losses: string[] },
): Promise<void> {
  for (;;) {
    await place.machine.up();
    try {
      return await perform(operation, place);
    } catch (error) {
      if (isAnswer(error)) throw error;
      traffic.unanswered += 1;
    }
    const changes: Change[] = [];
    for (const key of keysOf(operation)) changes.push(await reconcile(key, place));
    traffic.losses.push(...changes.flatMap((change) => lossesOf(operation, change)));
    if (changes.some(({ before, after }) => !isSame(before, after))) return undefined;
  }
}

interface Change {
  readonly key: string;
  readonly before: readonly Version[];
  readonly after: readonly Version[];
}

/** Whether it says what became of a request, rather than that nobody knows. */
const isAnswer = (error: unknown): boolean =>
  error instanceof ControlError ||
  (error instanceof S3ServiceException && error.$fault === "client");

/** Asks S3 what it holds of a key, until it answers. */
async function reconcile(key: string, place: Place): Promise<Change> {
  const before = place.holdings.versions(key);
  for (;;) {
    await place.machine.up();
    try {
      place.holdings.adopt(key, await versionsOf(key, place));
      return { key, before, after: place.holdings.versions(key) };
    } catch (error) {
      if (isAnswer(error)) throw error;
    }
  }
}

/** Only the version that was to be removed may be gone. */
function lossesOf(operation: Operation, { key, before, after }: Change): string[] {
  const target = targetOf(operation, key);
  return before
    .filter(({ id }) => id !== target && !after.some((version) => version.id === id))
    .map(({ id }) => `S3 has lost version ${id} of ${JSON.stringify(key)}`);
}

function targetOf(operation: Operation, key: string): string | undefined {
  if (operation.do === "deleteVersion") return operation.id;
  if (operation.do !== "deleteMany") return undefined;
  return operation.objects.find((object) => object.key === key)?.id;
}

const isSame = (a: readonly Version[], b: readonly Version[]) =>
  a.length === b.length && a.every(({ id }, index) => id === b[index]?.id);
