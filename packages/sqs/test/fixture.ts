import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { SQSClient } from "@aws-sdk/client-sqs";
import { onTestFinished } from "vitest";

import { openSqs, type Sqs, type SqsRequest } from "../src/index.ts";
import { serve } from "../src/server.ts";

export const REGION = "eu-west-1";
export const ACCOUNT = "123456789012";

export const arnOf = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;

export const redriveTo = (name: string, maxReceiveCount: number) =>
  JSON.stringify({ deadLetterTargetArn: arnOf(name), maxReceiveCount });

/** A clock that changes only by `advance`. */
export class Clock {
  #now = Date.parse("2026-03-01T12:00:00Z");

  get now(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "sqs-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Queues in a temporary folder with an injected clock. */
export class Queues {
  readonly clock = new Clock();
  readonly #dir = temporaryFolder();
  #sqs: Sqs;

  #closed = false;

  constructor() {
    this.#sqs = this.#open();
    onTestFinished(() => this.close());
  }

  get sqs(): Sqs {
    return this.#sqs;
  }

  /** Advances the clock and does what became due. */
  pass(seconds: number): void {
    this.clock.advance(seconds * 1000);
    this.#sqs.clockMoved();
  }

  close(): void {
    if (!this.#closed) this.#sqs.close();
    this.#closed = true;
  }

  restart(): void {
    this.#sqs.close();
    this.#sqs = this.#open();
  }

  /** Sends a request of the JSON protocol without HTTP. */
  call(operation: string, input: SqsRequest["input"], signal = new AbortController().signal) {
    return this.#sqs.handle({ operation, input, endpoint: "http://queues.test", signal });
  }

  #open(): Sqs {
    const clock = () => new Date(this.clock.now);
    return openSqs({ dir: this.#dir, region: REGION, accountId: ACCOUNT, clock });
  }
}

/** Queues with an HTTP server and a client of the AWS SDK. */
export async function startQueues() {
  const queues = new Queues();
  const server = await serve(() => queues.sqs);
  onTestFinished(() => server.close());
  const client = new SQSClient({
    region: REGION,
    endpoint: server.endpoint,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  const urlOf = (name: string) => `${server.endpoint}/${ACCOUNT}/${name}`;
  const make = (name: string, attributes: Record<string, string> = {}) => {
    queues.sqs.ensureQueue(name, attributes);
    return urlOf(name);
  };
  return { queues, client, server, endpoint: server.endpoint, urlOf, make };
}

/**
 * Returns the value of a promise, or "not yet" if it is pending after 20 turns of the event loop.
 */
export function soon<T>(promise: Promise<T>): Promise<T | "not yet"> {
  return Promise.race([promise, new Promise<"not yet">((resolve) => turns(20, resolve))]);
}

function turns(left: number, done: (outcome: "not yet") => void): void {
  if (left === 0) done("not yet");
  else setImmediate(() => turns(left - 1, done));
}

/** Repeats `probe` until it returns a value. Throws after 10 seconds. */
export async function until<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline)
      throw new Error(`The condition did not become true: ${String(probe)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
