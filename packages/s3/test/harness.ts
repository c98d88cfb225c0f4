import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import {
  startS3,
  type BucketSettings,
  type NotificationRule,
  type S3,
  type S3Access,
  type StartOptions,
} from "../src/index.ts";

export const REGION = "us-east-1";
const ACCOUNT = "000000000000";
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
  /** The delivered notifications, in order. */
  readonly delivered: { queueArn: string; body: string }[];
  /** The permissions of all callers. A test can replace them. */
  access: S3Access;
  newClient(config?: S3ClientConfig): S3Client;
  /** Waits for all deliveries, and returns the records since the last call. */
  records(): Promise<EventRecord[]>;
  /** Closes the server and the store, and keeps the data. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts an S3 server whose permissions can be changed, and that records what it delivers. */
export async function start(options: StartOptions = {}): Promise<Running> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "waybill-s3-")));
  const region = options.region ?? REGION;
  const delivered: Running["delivered"] = [];
  const { s3, endpoint, close } = await startS3({
    deliver: (queueArn, body) => {
      delivered.push({ queueArn, body });
      return Promise.resolve();
    },
    ...options,
    dir,
    region,
    accountId: ACCOUNT,
    access: {
      allows: (...check) => running.access.allows(...check),
      maySee: (...check) => running.access.maySee(...check),
    },
  });
  const clients: S3Client[] = [];
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
      for (const client of clients) client.destroy();
      await close();
    },
    async [Symbol.asyncDispose]() {
      await running.stop();
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
  };
  return running;
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

/** Sends a request exactly as written: no client normalizes the path or adds headers. */
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
    // With a string as the body, Node would write the headers in UTF-8 as well.
    request.end(options.body === undefined ? undefined : Buffer.from(options.body));
  });
}
