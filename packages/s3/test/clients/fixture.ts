import { execFile } from "node:child_process";
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

import { ListObjectsV2Command } from "@aws-sdk/client-s3";

import { start, type Running } from "../harness.ts";

export const run = promisify(execFile);

export const MIB = 1024 * 1024;
export const SLOW = 180_000;

/**
 * Returns the path of a program, or undefined. Prefers the one of Debian, which the tests are for.
 */
export function find(name: string): string | undefined {
  const folders = ["/usr/bin", ...(process.env["PATH"] ?? "").split(delimiter)];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        // The file does not exist, or is not executable.
        return false;
      }
    });
}

export const ENVIRONMENT = { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8" };

/** More than aws-cli sends in one request, which is 8 MiB. No two parts of it are equal. */
export const LARGE = Buffer.alloc(12 * MIB);
for (let at = 0; at < LARGE.length; at += 4) LARGE.writeUInt32LE(at, at);

export const TREE: Record<string, string> = {
  "plain.txt": "plain",
  "a+b c%20d.txt": "signs",
  "ünï 日本語 😀.txt": "unicode",
  "quote'&\"<>.txt": "markup",
  "sub dir/[x]*?.txt": "wild",
  "sub dir/deep/empty": "",
};
/** The names in `TREE`, in the order of S3 lists. */
export const NAMES = Object.keys(TREE).toSorted((a, b) =>
  Buffer.compare(Buffer.from(a), Buffer.from(b)),
);

/** An S3 server, and a folder with `tree` and `large.bin` for a client to upload. */
export interface Fixture extends AsyncDisposable {
  readonly running: Running;
  readonly work: string;
}

export async function startFixture(): Promise<Fixture> {
  const running = await start();
  const work = mkdtempSync(join(tmpdir(), "waybill-client-"));
  mkdirSync(join(work, "tree", "sub dir", "deep"), { recursive: true });
  for (const [name, content] of Object.entries(TREE))
    writeFileSync(join(work, "tree", name), content);
  writeFileSync(join(work, "large.bin"), LARGE);
  return {
    running,
    work,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      rmSync(work, { recursive: true, force: true });
    },
  };
}

export function filesIn(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]),
  );
}

export async function keysOf({ client }: Running, bucket: string): Promise<string[]> {
  const list = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return (list.Contents ?? []).map(({ Key }) => Key ?? "");
}
