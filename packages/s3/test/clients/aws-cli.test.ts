import { readFileSync } from "node:fs";
import { join } from "node:path";

import { PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { ALL_EVENTS, REGION, settings, type Running } from "../harness.ts";
import {
  ENVIRONMENT,
  filesIn,
  find,
  keysOf,
  LARGE,
  MIB,
  NAMES,
  run,
  SLOW,
  startFixture,
  TREE,
  type Fixture,
} from "./fixture.ts";

const AWS = find("aws");

let fixture: Fixture;
let running: Running;
let work: string;
beforeAll(async () => {
  fixture = await startFixture();
  ({ running, work } = fixture);
});
afterAll(() => fixture[Symbol.asyncDispose]());

async function aws(...args: string[]): Promise<string> {
  const env = {
    ...ENVIRONMENT,
    HOME: work,
    AWS_ACCESS_KEY_ID: "AKIATEST",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_DEFAULT_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
  };
  const all = ["--endpoint-url", running.endpoint, ...args];
  return (await run(AWS ?? "", all, { env, maxBuffer: 64 * MIB })).stdout;
}

function makeBucket(bucket: string): void {
  running.s3.ensureBucket(bucket, settings({ notifications: [ALL_EVENTS] }));
}

describe.skipIf(!AWS)("aws-cli (Debian package awscli)", { timeout: SLOW }, () => {
  test("uploads, moves and downloads a large file in parts", async () => {
    makeBucket("large");
    await aws("s3", "cp", join(work, "large.bin"), "s3://large/large.bin");
    await aws("s3", "mv", "s3://large/large.bin", "s3://large/moved large.bin");
    await aws("s3", "cp", "s3://large/moved large.bin", join(work, "large.back"));
    expect(readFileSync(join(work, "large.back")).equals(LARGE)).toBe(true);
    expect(await keysOf(running, "large")).toEqual(["moved large.bin"]);
    const records = await running.records();
    expect(records.map(({ eventName }) => eventName)).toEqual([
      "ObjectCreated:CompleteMultipartUpload",
      "ObjectCreated:CompleteMultipartUpload",
      "ObjectRemoved:DeleteMarkerCreated",
    ]);
  });

  test("syncs a folder of files with special names both ways, and deletes it", async () => {
    makeBucket("tree");
    await aws("s3", "sync", join(work, "tree"), "s3://tree/");
    expect(await keysOf(running, "tree")).toEqual(NAMES);
    const [again, listed] = await Promise.all([
      aws("s3", "sync", join(work, "tree"), "s3://tree/"),
      aws("s3", "ls", "--recursive", "s3://tree/"),
      aws("s3", "sync", "s3://tree/", join(work, "back")),
    ]);
    expect(again).toBe("");
    for (const name of NAMES) expect(listed).toContain(name);
    expect(filesIn(join(work, "back"))).toEqual(TREE);
    await aws("s3", "rm", "--recursive", "s3://tree/");
    expect(await keysOf(running, "tree")).toEqual([]);
  });

  test("calls single operations", async () => {
    makeBucket("plain");
    const api = async (operation: string, ...args: string[]): Promise<unknown> =>
      JSON.parse(await aws("s3api", operation, "--bucket", "plain", ...args));
    const body = ["--body", join(work, "tree", "plain.txt")];
    const options = ["--metadata", "a=1", "--checksum-algorithm", "SHA256"];
    const put = await api("put-object", "--key", "api", ...body, ...options);
    expect(put).toHaveProperty("ChecksumSHA256");
    const [head, versions, notifications] = await Promise.all([
      api("head-object", "--key", "api"),
      api("list-object-versions", "--prefix", "api"),
      api("get-bucket-notification-configuration"),
    ]);
    expect(head).toMatchObject({ ContentLength: 5, Metadata: { a: "1" } });
    expect(versions).toMatchObject({ Versions: [{ Key: "api", IsLatest: true }] });
    expect(notifications).toHaveProperty("QueueConfigurations");
  });

  test("creates a bucket, and deletes it with its objects", async () => {
    await aws("s3", "mb", "s3://made");
    await running.client.send(new PutObjectCommand({ Bucket: "made", Key: "x", Body: "x" }));
    await aws("s3", "rb", "--force", "s3://made");
    await expect(keysOf(running, "made")).rejects.toThrow("does not exist");
  });
});
