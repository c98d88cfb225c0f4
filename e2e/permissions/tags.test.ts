import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { createClient } from "@waybill/client";
import { recordKey } from "@waybill/core/catalog/keys";
import { parseItem } from "@waybill/core/catalog/record";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { control, removeStage, type Stack, type StackEvent, startStack } from "../stack.ts";

// A stage that records tags, and what it needs for that.

/** The stage of `infra/stage.ts` with `tags: true`. */
const stage = "example-tags";
const INGEST = `waybill-${stage}-ingest`;
const events: StackEvent[] = [];
let stack: Stack;
let s3: S3Client;
let dynamodb: DynamoDBDocumentClient;
let credentials: { accessKeyId: string; secretAccessKey: string };
let bucket: string;
let table: string;

beforeAll(async () => {
  await removeStage(stage);
  stack = await startStack({ stage, onEvent: (event) => events.push(event) });
  credentials = {
    accessKeyId: stack.env["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: stack.env["AWS_SECRET_ACCESS_KEY"] ?? "",
  };
  const region = stack.env["AWS_REGION"] ?? "";
  const client = { endpoint: stack.endpoint, region, credentials };
  s3 = new S3Client(client);
  dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(client));
  bucket = nameOf("Files");
  table = nameOf("Catalog");
});

afterAll(async () => {
  await stack.stop();
  await removeStage(stage);
});

afterEach(() => control(stack, "withhold", []));

function nameOf(link: string): string {
  const { name = "" } = JSON.parse(stack.env[`SST_RESOURCE_${link}`] ?? "{}") as { name?: string };
  return name;
}

function urlOf(link: string): string {
  const { url = "" } = JSON.parse(stack.env[`SST_RESOURCE_${link}`] ?? "{}") as { url?: string };
  return url;
}

const unique = () => `tags-${crypto.randomUUID()}`;
const patience = { timeout: 60_000, interval: 50 };

async function tagsOf(key: string): Promise<unknown> {
  const { Item } = await dynamodb.send(
    new GetCommand({ TableName: table, Key: recordKey(bucket, key), ConsistentRead: true }),
  );
  const record = Item && parseItem(Item);
  return record?.state === "present" ? Object.entries(record.tags ?? {}) : undefined;
}

const expectTags = (key: string, tags: readonly [string, string][]) =>
  expect.poll(() => tagsOf(key), patience).toEqual(tags);

describe("a stage with tags", () => {
  test("records the tags of a new object, whatever their names", async () => {
    const key = unique();
    const Tagging = "project=blue&constructor=a%20b&__proto__=c";
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "x", Tagging }));

    await expect
      .poll(async () => new Map((await tagsOf(key)) as [string, string][]), patience)
      .toEqual(
        new Map([
          ["project", "blue"],
          ["constructor", "a b"],
          ["__proto__", "c"],
        ]),
      );
  });

  test("keeps them current", async () => {
    const key = unique();
    const target = { Bucket: bucket, Key: key };
    await s3.send(new PutObjectCommand({ ...target, Body: "x" }));
    await expectTags(key, []);
    const Tagging = { TagSet: [{ Key: "project", Value: "green" }] };
    await s3.send(new PutObjectTaggingCommand({ ...target, Tagging }));
    await expectTags(key, [["project", "green"]]);
    await s3.send(new DeleteObjectTaggingCommand(target));

    await expectTags(key, []);
  });

  test("without s3:GetObjectTagging, does not learn of tags", async () => {
    await control(stack, "withhold", [{ fn: INGEST, action: "s3:GetObjectTagging" }]);
    const key = unique();
    const object = { Bucket: bucket, Key: key, Body: "x", Tagging: "project=blue" };
    await s3.send(new PutObjectCommand(object));

    await expectTags(key, []);
  });

  test("finds objects by their tags", async () => {
    const key = unique();
    const object = { Bucket: bucket, Key: key, Body: "x" };
    await s3.send(new PutObjectCommand({ ...object, Tagging: "Project=blue&toString=x" }));
    await expect.poll(() => tagsOf(key), patience).toHaveLength(2);
    const api = createClient({
      url: urlOf("Api"),
      region: stack.env["AWS_REGION"] ?? "",
      credentials,
    });
    const found = async (tags: Record<string, string>) => {
      const keys: string[] = [];
      for await (const { records } of api.find({ prefix: key, tags })) {
        keys.push(...records.map((record) => record.key));
      }
      return keys;
    };

    expect(await found({ Project: "blue", toString: "x" })).toEqual([key]);
    expect(await found({ Project: "Blue" })).toEqual([]);
    expect(await found({ project: "blue" })).toEqual([]);
  });
});
