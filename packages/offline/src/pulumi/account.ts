import fs from "node:fs";

import { DeleteTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DeleteQueueCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";

import { OfflineError } from "../ground/error.ts";
import { runningStack, type StackFile } from "../stack/stage-files.ts";
import type { Graph, Inputs } from "../synth/graph.ts";
import { assetPath, assetText, plain, textOf } from "./properties.ts";
import type { ResourceState } from "./state.ts";

const Deployed = z.object({ declared: z.array(z.string()) });

/** The type of files that an app or SST puts into a bucket. */
export const OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2";

/** Returns what a resource stands for on AWS: two states of one thing have the same text. */
export function thingOf({ type, id = "", inputs }: ResourceState): string {
  const { bucket, key } = plain(inputs);
  return type === OBJECT ? `${type} ${textOf(bucket)}/${textOf(key)}` : `${type} ${id}`;
}

/** The operations on real resources that the AWS provider of Pulumi would do. */
interface Physical {
  exists(id: string): Promise<unknown>;
  delete(id: string, inputs: Inputs): Promise<void>;
}

/**
 * The running offline AWS of a stage. What cannot be expressed by its graph, such as the deletion
 * of data, is done with the calls that Pulumi's provider would send.
 */
export class Account {
  readonly endpoint: string;
  readonly #stack: StackFile;
  readonly #s3: S3Client;
  readonly #physical: Readonly<Record<string, Physical>>;

  private constructor(stack: StackFile) {
    this.#stack = stack;
    this.endpoint = stack.endpoint;
    const {
      AWS_REGION: region = "us-east-1",
      AWS_ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY,
    } = stack.env;
    const settings = {
      region,
      endpoint: stack.endpoint,
      credentials: {
        accessKeyId: AWS_ACCESS_KEY_ID ?? "",
        secretAccessKey: AWS_SECRET_ACCESS_KEY ?? "",
      },
    };
    this.#s3 = new S3Client({ ...settings, forcePathStyle: true });
    const bucket = bucketOf(this.#s3);
    this.#physical = {
      "aws:s3/bucketV2:BucketV2": bucket,
      "aws:s3/bucket:Bucket": bucket,
      "aws:sqs/queue:Queue": queueOf(new SQSClient(settings)),
      "aws:dynamodb/table:Table": tableOf(new DynamoDBClient(settings)),
    };
  }

  /** Throws `OfflineError` (`deploy.not_running`) if nothing runs the stage. */
  static async find(root: string, stage: string): Promise<Account> {
    const stack = await runningStack(root, stage);
    if (stack) return new Account(stack);
    throw new OfflineError(
      "deploy.not_running",
      `the offline AWS of the stage "${stage}" is not running. Run SST with: offline sst -- <command> --stage ${stage}`,
      { retry: true },
    );
  }

  /** Runs a graph. Returns the resources and inputs that offline does not run. */
  async deploy(graph: Graph): Promise<string[]> {
    const response = await fetch(`${this.endpoint}/_offline/deploy`, {
      method: "POST",
      headers: { "x-offline-token": this.#stack.token, "content-type": "application/json" },
      body: JSON.stringify(graph),
      redirect: "error",
    });
    const body: unknown = await response.json();
    if (response.ok) return Deployed.parse(body).declared;
    const { error } = z.object({ error: z.string() }).parse(body);
    throw new OfflineError("deploy.rejected", error);
  }

  /** Whether `exists` and `delete` know resources of this type. */
  isPhysical({ type, external }: ResourceState): boolean {
    return !external && Object.hasOwn(this.#physical, type);
  }

  async exists({ type, id = "" }: ResourceState): Promise<boolean> {
    try {
      await this.#physical[type]?.exists(id);
      return true;
    } catch (error) {
      if (ABSENT.has((error as Error).name)) return false;
      throw error;
    }
  }

  async delete(state: ResourceState): Promise<void> {
    const { type, id = "", inputs } = state;
    try {
      if (type === OBJECT) await this.#deleteObject(plain(inputs));
      else await this.#physical[type]?.delete(id, plain(inputs));
    } catch (error) {
      if (!ABSENT.has((error as Error).name)) throw error;
    }
  }

  /** Uploads a file that the app declares as an object: `OBJECT`. */
  async upload(state: ResourceState): Promise<void> {
    const { bucket, key, contentType, cacheControl } = plain(state.inputs);
    await this.#s3.send(
      new PutObjectCommand({
        Bucket: textOf(bucket),
        Key: textOf(key),
        Body: contentOf(state),
        ...(typeof contentType === "string" && { ContentType: contentType }),
        ...(typeof cacheControl === "string" && { CacheControl: cacheControl }),
      }),
    );
  }

  async #deleteObject({ bucket, key }: Inputs): Promise<void> {
    await this.#s3.send(new DeleteObjectCommand({ Bucket: textOf(bucket), Key: textOf(key) }));
  }
}

/** The errors of AWS for a resource that does not exist. */
const ABSENT = new Set([
  "NotFound",
  "NoSuchBucket",
  "QueueDoesNotExist",
  "AWS.SimpleQueueService.NonExistentQueue",
  "ResourceNotFoundException",
]);

function contentOf({ urn, inputs }: ResourceState): Buffer | string {
  const { source, content, contentBase64 } = inputs;
  if (typeof content === "string") return content;
  if (typeof contentBase64 === "string") return Buffer.from(contentBase64, "base64");
  const text = assetText(source);
  if (text !== undefined) return text;
  const asset = assetPath(source);
  if (asset === undefined || fs.statSync(asset).isDirectory()) {
    throw new OfflineError(
      "deploy.unknown_asset",
      `${urn}: offline uploads a file or a text, and not this kind of source. Zip the folder first.`,
    );
  }
  return fs.readFileSync(asset);
}

const bucketOf = (s3: S3Client): Physical => ({
  exists: (Bucket) => s3.send(new HeadBucketCommand({ Bucket })),
  async delete(Bucket, { forceDestroy }) {
    for (let isEmpty = forceDestroy !== true; !isEmpty;) {
      const { Versions = [], DeleteMarkers = [] } = await s3.send(
        new ListObjectVersionsCommand({ Bucket }),
      );
      const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({
        Key: Key ?? "",
        VersionId,
      }));
      isEmpty = Objects.length === 0;
      if (!isEmpty) await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    }
    await s3.send(new DeleteBucketCommand({ Bucket }));
  },
});

const queueOf = (sqs: SQSClient): Physical => ({
  exists: (url) => sqs.send(new GetQueueUrlCommand({ QueueName: url.split("/").at(-1) ?? "" })),
  async delete(QueueUrl) {
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  },
});

const tableOf = (dynamodb: DynamoDBClient): Physical => ({
  exists: (TableName) => dynamodb.send(new DescribeTableCommand({ TableName })),
  async delete(TableName, { deletionProtectionEnabled }) {
    if (deletionProtectionEnabled === true) {
      throw new OfflineError(
        "deploy.protected_table",
        `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection of ${TableName} first.`,
      );
    }
    await dynamodb.send(new DeleteTableCommand({ TableName }));
  },
});
