import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type Server,
} from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import {
  openS3,
  type BucketSettings,
  type NotificationRule,
  type S3,
  type S3Access,
} from "../src/index.ts";

export const REGION = "us-east-1";
export const ACCOUNT = "000000000000";
export const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:events`;

export const ALLOW_ALL: S3Access = { allows: () => true, maySee: () => true };

/** One record of an S3 event notification. */
export interface EventRecord {
  eventVersion: string;
  eventName: string;
  eventTime: string;
  awsRegion: string;
  userIdentity: { principalId: string };
  requestParameters: { sourceIPAddress: string };
  responseElements: Record<string, string>;
  s3: {
    configurationId: string;
    bucket: { name: string; arn: string; ownerIdentity: { principalId: string } };
    object: {
      key: string;
      size?: number;
      eTag?: string;
      versionId?: string;
      sequencer?: string;
    };
  };
  glacierEventData?: { restoreEventData: Record<string, string> };
  lifecycleEventData?: { transitionEventData: Record<string, string> };
}

export interface Running {
  readonly s3: S3;
  readonly dir: string;
  readonly endpoint: string;
  readonly client: S3Client;
  /** Bodies in the order of their delivery. */
  readonly delivered: { queueArn: string; body: string }[];
  /** What callers may do from now on. */
  access: S3Access;
  newClient(config?: S3ClientConfig): S3Client;
  /** Waits for all deliveries, and takes the records that came since the last call. */
  records(): Promise<EventRecord[]>;
  /** Closes server and store, and keeps the data. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface StartOptions {
  dir?: string;
  clock?: () => Date;
  deliver?: (queueArn: string, body: string) => Promise<void>;
  region?: string;
}

/** An S3 behind an HTTP server on a free port. */
export async function start(options: StartOptions = {}): Promise<Running> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "waybill-s3-")));
  const region = options.region ?? REGION;
  const delivered: Running["delivered"] = [];
  const s3 = await openS3({
    dir,
    region,
    accountId: ACCOUNT,
    ...(options.clock && { clock: options.clock }),
    deliver:
      options.deliver ??
      ((queueArn, body) => {
        delivered.push({ queueArn, body });
        return Promise.resolve();
      }),
  });
  const server = createServer((request, response) => {
    const caller = {
      accessKeyId: "AKIATEST",
      principalId: "AROATEST:tester",
      sourceIp: request.socket.remoteAddress ?? "",
    };
    const bucket = /^([^.]+)\.virtual$/.exec(request.headers.host ?? "")?.[1];
    void s3.handle(request, response, caller, running.access, bucket);
  });
  // A server that closes an idle connection just when it is used again resets it.
  server.keepAliveTimeout = 0;
  const port = await listen(server);
  const endpoint = `http://127.0.0.1:${port}`;
  const clients: S3Client[] = [];
  let stopped = false;
  let taken = 0;
  const running: Running = {
    s3,
    dir,
    endpoint,
    delivered,
    access: ALLOW_ALL,
    newClient(config = {}) {
      const client = new S3Client({
        endpoint,
        region,
        forcePathStyle: true,
        credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" },
        maxAttempts: 1,
        ...config,
      });
      clients.push(client);
      return client;
    },
    get client() {
      return clients[0] ?? this.newClient();
    },
    async records() {
      await s3.settled();
      const bodies = delivered.slice(taken);
      taken = delivered.length;
      return bodies.flatMap(({ body }) => {
        const parsed: { Records?: EventRecord[] } = JSON.parse(body);
        return parsed.Records ?? [];
      });
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      for (const client of clients) client.destroy();
      await close(server);
      await s3.close();
    },
    async [Symbol.asyncDispose]() {
      await running.stop();
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
  return running;
}

export function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address: AddressInfo | string | null = server.address();
      if (address === null || typeof address === "string") throw new Error("No port.");
      resolve(address.port);
    });
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

export const ALL_EVENTS: NotificationRule = {
  id: "all",
  queueArn: QUEUE,
  events: [
    "s3:ObjectCreated:*",
    "s3:ObjectRemoved:*",
    "s3:ObjectTagging:*",
    "s3:ObjectRestore:*",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleTransition",
  ],
};

export function settings(overrides: Partial<BucketSettings> = {}): BucketSettings {
  return { versioning: "Enabled", notifications: [], ...overrides };
}

export interface RawReply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request exactly as written: no client tidies the path up or adds headers. */
export function raw(
  { endpoint }: Pick<Running, "endpoint">,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<RawReply> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers: options.headers ?? {} });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    // A text would make Node write the headers in UTF-8 as well.
    request.end(options.body === undefined ? undefined : Buffer.from(options.body));
  });
}
