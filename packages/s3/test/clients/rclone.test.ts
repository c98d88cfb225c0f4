import { readFileSync, writeFileSync } from "node:fs";
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

const RCLONE = find("rclone");

let fixture: Fixture;
let running: Running;
let work: string;
beforeAll(async () => {
  fixture = await startFixture();
  ({ running, work } = fixture);
});
afterAll(() => fixture[Symbol.asyncDispose]());

describe.skipIf(!RCLONE)("rclone (Debian package rclone)", { timeout: SLOW }, () => {
  const bucket = "rclone";
  async function rclone(...args: string[]): Promise<string> {
    const env = {
      ...ENVIRONMENT,
      HOME: work,
      RCLONE_CONFIG: join(work, "rclone.conf"),
      RCLONE_CONFIG_W_TYPE: "s3",
      RCLONE_CONFIG_W_PROVIDER: "Other",
      RCLONE_CONFIG_W_ENDPOINT: running.endpoint,
      RCLONE_CONFIG_W_ACCESS_KEY_ID: "AKIATEST",
      RCLONE_CONFIG_W_SECRET_ACCESS_KEY: "secret",
      RCLONE_CONFIG_W_REGION: REGION,
    };
    return (await run(RCLONE ?? "", args, { env })).stdout;
  }
  beforeAll(() => {
    writeFileSync(join(work, "rclone.conf"), "");
    running.s3.ensureBucket(bucket, settings());
  });

  test("syncs, compares and lists a folder", async () => {
    const tree = join(work, "tree");
    await rclone("sync", tree, `w:${bucket}/dir`);
    await rclone("check", "--download", tree, `w:${bucket}/dir`);
    const listed = await rclone("lsf", "-R", "--files-only", `w:${bucket}/dir`);
    expect(new Set(listed.trim().split("\n"))).toEqual(new Set(NAMES));
    await rclone("copy", `w:${bucket}/dir`, join(work, "rclone-back"));
    expect(filesIn(join(work, "rclone-back"))).toEqual(TREE);
  });

  test("uploads a large file in parts, and copies it on the server", async () => {
    const large = join(work, "large.bin");
    await rclone(
      "copyto",
      "--s3-upload-cutoff",
      "5Mi",
      "--s3-chunk-size",
      "5Mi",
      large,
      `w:${bucket}/large.bin`,
    );
    await rclone(
      "copyto",
      "--s3-copy-cutoff",
      "6Mi",
      `w:${bucket}/large.bin`,
      `w:${bucket}/large copy.bin`,
    );
    await rclone("copyto", `w:${bucket}/large copy.bin`, join(work, "large.rclone"));
    expect(readFileSync(join(work, "large.rclone")).equals(LARGE)).toBe(true);
  });

  test("moves and deletes", async () => {
    await rclone("moveto", `w:${bucket}/dir/plain.txt`, `w:${bucket}/moved.txt`);
    expect(await rclone("cat", `w:${bucket}/moved.txt`)).toBe("plain");
    await rclone("delete", `w:${bucket}`);
    expect(await keysOf(running, bucket)).toEqual([]);
  });
});
