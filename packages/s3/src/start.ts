import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Behavior } from "./behavior.ts";
import type { CheckPolicy, Deliver } from "./context.ts";
import type { S3Access, S3Caller } from "./request.ts";
import { openS3, type S3 } from "./s3.ts";
import type { BucketSettings, NotificationRule } from "./settings.ts";

const HOST = "127.0.0.1";
const ALLOW_ALL: S3Access = { allows: () => true, maySee: () => true };

export interface StartOptions {
  /** Buckets to create, by name. Default: none. */
  readonly buckets?: readonly string[];
  /** The versioning of `buckets`. Default: "Unversioned", as in a new bucket on AWS. */
  readonly versioning?: BucketSettings["versioning"];
  /** The notification rules of each of `buckets`. Default: none. They need `deliver`. */
  readonly notifications?: readonly NotificationRule[];
  /** Delivers one notification body to its queue. Default: no queue exists. */
  readonly deliver?: Deliver;
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
  /** Decides what callers may do. Default: everything. */
  readonly access?: S3Access;
  /** Replaces the system clock. */
  readonly clock?: () => Date;
  /** Checks a bucket policy before it is stored. Default: any JSON object is accepted. */
  readonly checkPolicy?: CheckPolicy;
  /** What AWS leaves open. */
  readonly behavior?: Partial<Behavior>;
}

/** An S3 server. `await using` closes it. */
export interface StartedS3 extends AsyncDisposable {
  /** Such as `http://127.0.0.1:41234`. */
  readonly endpoint: string;
  readonly s3: S3;
  /** The folder that holds the data. */
  readonly dir: string;
  /** Stops the server and closes the store. Further calls do nothing. */
  readonly close: () => Promise<void>;
}

/**
 * Starts an S3 server for tests, on 127.0.0.1. It accepts any credentials, and requests without
 * credentials. Throws `TypeError` if `notifications` are given without `deliver`, `S3Error` for an
 * invalid bucket name or rule, `StoreError` if the folder cannot be opened, and Node's `EADDRINUSE`
 * for a port in use.
 */
export async function startS3(options: StartOptions = {}): Promise<StartedS3> {
  const { buckets = [], versioning = "Unversioned", notifications = [] } = options;
  if (notifications.length > 0 && !options.deliver) {
    throw new TypeError("startS3 has notification rules and no queue: pass `deliver` as well.");
  }
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "waybill-s3-")));
  const s3 = await openS3({
    dir,
    region: options.region ?? "us-east-1",
    accountId: options.accountId ?? "000000000000",
    deliver: options.deliver ?? rejectDelivery,
    ...(options.clock && { clock: options.clock }),
    ...(options.checkPolicy && { checkPolicy: options.checkPolicy }),
    ...(options.behavior && { behavior: options.behavior }),
  });
  const active = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const bucket = bucketOfHost(request.headers.host);
    const caller = callerOf(request);
    const handling = s3
      .handle(request, response, { caller, access: options.access ?? ALLOW_ALL, bucket })
      .catch((error: unknown) => process.emitWarning(`The response was cut off: ${String(error)}`))
      .finally(() => active.delete(handling));
    active.add(handling);
  });
  // A client can reuse an idle connection just when the server closes it, and then gets ECONNRESET.
  server.keepAliveTimeout = 0;
  // The default of 5 minutes would end a long upload.
  server.requestTimeout = 0;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await stop(server);
    await Promise.all(active);
    await s3.close();
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
  };
  const closeOnce = (): Promise<void> => (closing ??= close());
  try {
    for (const name of buckets) s3.ensureBucket(name, { versioning, notifications });
    const endpoint = `http://${HOST}:${await listen(server, options.port ?? 0)}`;
    return { endpoint, s3, dir, close: closeOnce, [Symbol.asyncDispose]: closeOnce };
  } catch (error) {
    await closeOnce();
    throw error;
  }
}

/**
 * Rejects, so that a bucket cannot send notifications to a queue that does not exist, as on AWS.
 */
function rejectDelivery(queueArn: string): Promise<never> {
  return Promise.reject(
    new Error(`The queue ${queueArn} does not exist: startS3 was called without \`deliver\`.`),
  );
}

const BUCKET_HOST = /^(.+)\.localhost(?::\d+)?$/;

function bucketOfHost(host: string | undefined): string | undefined {
  return BUCKET_HOST.exec(host ?? "")?.[1];
}

const ACCESS_KEY = /Credential=([^/,\s]+)\//;

/** Returns the caller that the signature names. The signature is not verified. */
function callerOf({ headers, socket, url }: IncomingMessage): S3Caller {
  const signed = ACCESS_KEY.exec(headers.authorization ?? url?.replaceAll("%2F", "/") ?? "")?.[1];
  const accessKeyId = signed ?? "anonymous";
  return { accessKeyId, principalId: accessKeyId, sourceIp: socket.remoteAddress ?? "" };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(address !== null && typeof address === "object" ? address.port : port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // `close` passes an error if the server never listened. It is closed in either case.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
