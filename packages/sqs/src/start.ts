import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import { serve, type SqsServer } from "./server.ts";
import { openSqs, type Sqs } from "./sqs.ts";

export interface StartOptions {
  /** The queues to create, by name, with default attributes. Default: none. */
  readonly queues?: readonly string[];
  /** Default: a free port. */
  readonly port?: number;
  /**
   * The folder for the data, which `close` keeps. Default: a temporary folder, which `close`
   * deletes.
   */
  readonly dir?: string;
  /** Default: "us-east-1". */
  readonly region?: string;
  /** Default: "000000000000". */
  readonly accountId?: string;
  /** Replaces the system clock. Call `sqs.clockMoved` after each change. */
  readonly clock?: () => Date;
}

/** An SQS server. `await using` closes it. */
export interface StartedSqs extends AsyncDisposable {
  /** Such as `http://127.0.0.1:41234`. */
  readonly endpoint: string;
  readonly sqs: Sqs;
  /** The folder with the data. */
  readonly dir: string;
  /** The number of requests without a response, such as waiting receives. */
  readonly openRequests: number;
  /** Returns the URL of a queue. The queue need not exist. */
  readonly queueUrl: (name: string) => string;
  /** Stops the server and closes the queues. Further calls do nothing. */
  readonly close: () => Promise<void>;
}

/**
 * Starts an SQS server for tests, on 127.0.0.1. It accepts any credentials, and unsigned requests.
 *
 * Throws `StoreError` if `dir` cannot be opened, and `SqsError` if a queue cannot be created.
 */
export async function startSqs(options: StartOptions = {}): Promise<StartedSqs> {
  const { queues = [], region = "us-east-1", accountId = "000000000000", clock, port } = options;
  const dir = options.dir ?? (await mkdtemp(path.join(os.tmpdir(), "waybill-sqs-")));
  let sqs: Sqs | undefined;
  let server: SqsServer | undefined;
  const close = async (): Promise<void> => {
    await server?.close();
    sqs?.close();
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
  };
  let closing: Promise<void> | undefined;
  const closeOnce = (): Promise<void> => (closing ??= close());
  try {
    const engine = openSqs({ dir, region, accountId, ...(clock && { clock }) });
    sqs = engine;
    for (const name of queues) engine.ensureQueue(name, {});
    const started = await serve(() => engine, port);
    server = started;
    const { endpoint } = started;
    return {
      endpoint,
      sqs: engine,
      dir,
      get openRequests() {
        return started.openRequests;
      },
      queueUrl: (name) => `${endpoint}/${accountId}/${name}`,
      close: closeOnce,
      [Symbol.asyncDispose]: closeOnce,
    };
  } catch (error) {
    await closeOnce();
    throw error;
  }
}
