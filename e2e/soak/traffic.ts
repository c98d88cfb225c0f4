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
  /** Resolves when the next operation may start. */
  readonly pace: () => Promise<void>;
  /** Called after each operation, with the number of events so far. */
  readonly onProgress: (events: number) => void;
}

export interface Traffic {
  readonly operations: number;
  /** The number of events of all operations. */
  readonly events: number;
  /** Operations without an answer. Each was then either found done or repeated. */
  readonly unanswered: number;
  /** Descriptions of acknowledged versions that S3 no longer has. */
  readonly losses: string[];
}

/** Each lane has its own keys, so that the operations on one key have a known order. */
const LANES = 16;

/** Performs random operations that cause at least `events` events. The same seed makes the same choices. */
export async function makeTraffic(options: TrafficOptions, place: Place): Promise<Traffic> {
  const names = keyNames(options.keys);
  const traffic = { operations: 0, events: 0, unanswered: 0, losses: [] as string[] };
  const lanes = Math.min(LANES, names.length);
  const runLane = async (lane: number) => {
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
  await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)));
  return traffic;
}

/** Performs an operation. If S3 does not answer, reads whether it was done, and repeats it if not. */
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
    const upload = operation.do === "completeUpload" ? operation.upload : undefined;
    for (const key of keysOf(operation)) changes.push(await readBack(key, place, upload?.place));
    traffic.losses.push(...changes.flatMap((change) => lossesOf(operation, change)));
    if (changes.some(({ before, after }) => !isSame(before, after))) {
      if (operation.do === "completeUpload") place.holdings.close(operation.key, operation.upload);
      return undefined;
    }
  }
}

interface Change {
  readonly key: string;
  readonly before: readonly Version[];
  readonly after: readonly Version[];
}

/** Returns whether the error is an answer to the request, so that its result is known. */
const isAnswer = (error: unknown): boolean =>
  error instanceof ControlError ||
  (error instanceof S3ServiceException && error.$fault === "client");

/** Reads the versions of a key from S3, with retries. A new version has the given place in its history. */
async function readBack(key: string, place: Place, versionPlace?: number): Promise<Change> {
  const before = place.holdings.versions(key);
  for (;;) {
    await place.machine.up();
    try {
      place.holdings.adopt(key, await versionsOf(key, place), versionPlace);
      return { key, before, after: place.holdings.versions(key) };
    } catch (error) {
      if (isAnswer(error)) throw error;
    }
  }
}

/** Describes versions that are gone although the operation does not delete them. */
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
