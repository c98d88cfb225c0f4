import { execFile } from "node:child_process";
import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALL_EVENTS, REGION, settings, start, type Running } from "./harness.ts";

const run = promisify(execFile);
const MIB = 1024 * 1024;
const SLOW = 180_000;

/** Debian's own first: another one may come before it in the path. */
function find(name: string): string | undefined {
  const folders = ["/usr/bin", ...(process.env["PATH"] ?? "").split(delimiter)];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        // Not there, or not to be run.
        return false;
      }
    });
}

const AWS = find("aws");
const RCLONE = find("rclone");
const S3CMD = find("s3cmd");

let running: Running;
let work: string;
beforeAll(async () => {
  running = await start();
  work = await mkdtemp(join(tmpdir(), "waybill-clients-"));
  mkdirSync(join(work, "tree", "sub dir", "deep"), { recursive: true });
  for (const [name, content] of Object.entries(TREE))
    writeFileSync(join(work, "tree", name), content);
  writeFileSync(join(work, "large.bin"), LARGE);
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await rm(work, { recursive: true, force: true });
});

/** 20 MiB, of which no two parts are the same. */
const LARGE = Buffer.alloc(20 * MIB);
for (let at = 0; at < LARGE.length; at += 4) LARGE.writeUInt32LE(at, at);

const TREE: Record<string, string> = {
  "plain.txt": "plain",
  "a+b c%20d.txt": "signs",
  "ünï 日本語 😀.txt": "unicode",
  "quote'&\"<>.txt": "markup",
  "sub dir/[x]*?.txt": "wild",
  "sub dir/deep/empty": "",
};
const NAMES = Object.keys(TREE).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

function filesIn(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]),
  );
}

async function keysOf(bucket: string): Promise<string[]> {
  const list = await running.client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return (list.Contents ?? []).map(({ Key }) => Key ?? "");
}

const ENVIRONMENT = {
  PATH: process.env["PATH"] ?? "",
  LANG: "C.UTF-8",
  AWS_ACCESS_KEY_ID: "AKIATEST",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_DEFAULT_REGION: REGION,
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_PAGER: "",
};

describe.skipIf(!AWS)("aws-cli (Debian package awscli)", { timeout: SLOW }, () => {
  const bucket = "aws-cli";
  async function aws(...args: string[]): Promise<string> {
    const env = { ...ENVIRONMENT, HOME: work };
    const all = ["--endpoint-url", running.endpoint, ...args];
    return (await run(AWS ?? "", all, { env, maxBuffer: 64 * MIB })).stdout;
  }
  beforeAll(() => running.s3.ensureBucket(bucket, settings({ notifications: [ALL_EVENTS] })));

  test("copies a large file up in parts, and down again", async () => {
    await aws("s3", "cp", join(work, "large.bin"), `s3://${bucket}/large.bin`);
    await aws("s3", "cp", `s3://${bucket}/large.bin`, join(work, "large.back"));
    expect(readFileSync(join(work, "large.back")).equals(LARGE)).toBe(true);
    const records = await running.records();
    expect(records.map(({ eventName }) => eventName)).toContain(
      "ObjectCreated:CompleteMultipartUpload",
    );
  });

  test("copies and moves a large object within S3, in parts", async () => {
    await aws("s3", "cp", `s3://${bucket}/large.bin`, `s3://${bucket}/large copy.bin`);
    await aws("s3", "mv", `s3://${bucket}/large copy.bin`, `s3://${bucket}/moved.bin`);
    const head: unknown = JSON.parse(
      await aws("s3api", "head-object", "--bucket", bucket, "--key", "moved.bin"),
    );
    expect(head).toMatchObject({ ContentLength: LARGE.length });
    expect(await keysOf(bucket)).toEqual(["large.bin", "moved.bin"]);
    await aws("s3", "rm", "--recursive", `s3://${bucket}/`);
    expect(await keysOf(bucket)).toEqual([]);
  });

  test("syncs a tree of oddly named files there and back", async () => {
    await aws("s3", "sync", join(work, "tree"), `s3://${bucket}/`);
    expect(await keysOf(bucket)).toEqual(NAMES);
    expect(await aws("s3", "sync", join(work, "tree"), `s3://${bucket}/`)).toBe("");
    await aws("s3", "sync", `s3://${bucket}/`, join(work, "aws-back"));
    expect(filesIn(join(work, "aws-back"))).toEqual(TREE);
    const listed = await aws("s3", "ls", "--recursive", `s3://${bucket}/`);
    for (const name of NAMES) expect(listed).toContain(name);
  });

  test("reads and writes with the plain operations", async () => {
    const api = async (...args: string[]): Promise<unknown> => {
      const out = await aws("s3api", ...args, "--bucket", bucket);
      return out === "" ? undefined : JSON.parse(out);
    };
    const body = join(work, "tree", "plain.txt");
    const put = await api(
      "put-object",
      "--key",
      "api",
      "--body",
      body,
      "--metadata",
      "a=1",
      "--checksum-algorithm",
      "SHA256",
    );
    expect(put).toHaveProperty("ChecksumSHA256");
    const versions = await api("list-object-versions", "--prefix", "api");
    expect(versions).toMatchObject({ Versions: [{ Key: "api", IsLatest: true }] });
    expect(await api("get-bucket-notification-configuration")).toHaveProperty(
      "QueueConfigurations",
    );
  });

  test("makes, fills and removes a bucket", async () => {
    await aws("s3", "mb", "s3://aws-cli-made");
    await aws("s3", "cp", join(work, "tree", "plain.txt"), "s3://aws-cli-made/x");
    await aws("s3", "rb", "--force", "s3://aws-cli-made");
    await expect(keysOf("aws-cli-made")).rejects.toThrow("does not exist");
  });
});

describe.skipIf(!RCLONE)("rclone (Debian package rclone)", { timeout: SLOW }, () => {
  const bucket = "rclone";
  async function rclone(...args: string[]): Promise<string> {
    const { PATH, LANG } = ENVIRONMENT;
    const env = {
      PATH,
      LANG,
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

  test("syncs, compares and lists a tree", async () => {
    const tree = join(work, "tree");
    await rclone("sync", tree, `w:${bucket}/dir`);
    await rclone("check", "--download", tree, `w:${bucket}/dir`);
    const listed = await rclone("lsf", "-R", "--files-only", `w:${bucket}/dir`);
    expect(new Set(listed.trim().split("\n"))).toEqual(new Set(NAMES));
    await rclone("copy", `w:${bucket}/dir`, join(work, "rclone-back"));
    expect(filesIn(join(work, "rclone-back"))).toEqual(TREE);
  });

  test("copies a large file in parts, and on the server", async () => {
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
    expect(await keysOf(bucket)).toEqual([]);
  });
});

describe.skipIf(!S3CMD)("s3cmd (Debian package s3cmd)", { timeout: SLOW }, () => {
  const bucket = "s3cmd";
  async function s3cmd(...args: string[]): Promise<string> {
    const env = { PATH: ENVIRONMENT.PATH, LANG: ENVIRONMENT.LANG, HOME: work };
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

  test("puts, describes, gets, copies and deletes", async () => {
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
    expect(await keysOf(bucket)).toEqual(["a+b c%20d.txt", "moved"]);
    await s3cmd("del", "--recursive", "--force", `s3://${bucket}/`);
    expect(await keysOf(bucket)).toEqual([]);
  });

  test("puts a large file in parts", async () => {
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

  test("syncs a tree there and back", async () => {
    await s3cmd("sync", `${join(work, "tree")}/`, `s3://${bucket}/`);
    expect(await keysOf(bucket)).toEqual(NAMES);
    mkdirSync(join(work, "s3cmd-back"));
    await s3cmd("sync", `s3://${bucket}/`, `${join(work, "s3cmd-back")}/`);
    expect(filesIn(join(work, "s3cmd-back"))).toEqual(TREE);
  });

  test("asks the bucket about itself", async () => {
    const info = await s3cmd("info", `s3://${bucket}`);
    expect(info).toContain("Location:  us-east-1");
    expect(await s3cmd("ls")).toContain(`s3://${bucket}`);
  });
});
