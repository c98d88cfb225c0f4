import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { REGION, settings, type Running } from "../harness.ts";
import {
  ENVIRONMENT,
  filesIn,
  find,
  keysOf,
  LARGE,
  NAMES,
  run,
  SLOW,
  startFixture,
  TREE,
  type Fixture,
} from "./fixture.ts";

const S3CMD = find("s3cmd");

let fixture: Fixture;
let running: Running;
let work: string;
beforeAll(async () => {
  fixture = await startFixture();
  ({ running, work } = fixture);
});
afterAll(() => fixture[Symbol.asyncDispose]());

describe.skipIf(!S3CMD)("s3cmd (Debian package s3cmd)", { timeout: SLOW }, () => {
  const bucket = "s3cmd";
  async function s3cmd(...args: string[]): Promise<string> {
    const env = { ...ENVIRONMENT, HOME: work };
    const { host } = new URL(running.endpoint);
    const options = [
      `--config=${join(work, "s3cfg")}`,
      "--access_key=AKIATEST",
      "--secret_key=secret",
      `--host=${host}`,
      `--host-bucket=${host}`,
      "--no-ssl",
      `--region=${REGION}`,
    ];
    return (await run(S3CMD ?? "", [...options, ...args], { env })).stdout;
  }
  beforeAll(() => {
    writeFileSync(join(work, "s3cfg"), "");
    running.s3.ensureBucket(bucket, settings());
  });

  test("uploads, describes, downloads, copies and deletes a file", async () => {
    await s3cmd(
      "put",
      "--add-header=x-amz-meta-kind:test",
      join(work, "tree", "a+b c%20d.txt"),
      `s3://${bucket}/a+b c%20d.txt`,
    );
    const info = await s3cmd("info", `s3://${bucket}/a+b c%20d.txt`);
    expect(info).toContain("File size: 5");
    expect(info).toContain("x-amz-meta-kind: test");
    await s3cmd("cp", `s3://${bucket}/a+b c%20d.txt`, `s3://${bucket}/copy/é`);
    await s3cmd("get", `s3://${bucket}/copy/é`, join(work, "s3cmd.back"));
    expect(readFileSync(join(work, "s3cmd.back"), "utf8")).toBe("signs");
    await s3cmd("mv", `s3://${bucket}/copy/é`, `s3://${bucket}/moved`);
    expect(await keysOf(running, bucket)).toEqual(["a+b c%20d.txt", "moved"]);
    await s3cmd("del", "--recursive", "--force", `s3://${bucket}/`);
    expect(await keysOf(running, bucket)).toEqual([]);
  });

  test("uploads a large file in parts", async () => {
    await s3cmd(
      "put",
      "--multipart-chunk-size-mb=5",
      join(work, "large.bin"),
      `s3://${bucket}/large.bin`,
    );
    await s3cmd("get", `s3://${bucket}/large.bin`, join(work, "large.s3cmd"));
    expect(readFileSync(join(work, "large.s3cmd")).equals(LARGE)).toBe(true);
    await s3cmd("del", `s3://${bucket}/large.bin`);
  });

  test("syncs a folder both ways", async () => {
    await s3cmd("sync", `${join(work, "tree")}/`, `s3://${bucket}/`);
    expect(await keysOf(running, bucket)).toEqual(NAMES);
    mkdirSync(join(work, "s3cmd-back"));
    await s3cmd("sync", `s3://${bucket}/`, `${join(work, "s3cmd-back")}/`);
    expect(filesIn(join(work, "s3cmd-back"))).toEqual(TREE);
  });

  test("describes a bucket", async () => {
    const info = await s3cmd("info", `s3://${bucket}`);
    expect(info).toContain("Location:  us-east-1");
    expect(await s3cmd("ls")).toContain(`s3://${bucket}`);
  });
});
