import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, test } from "vitest";

import { main, waybill as run } from "@waybill/cli/test/waybill";
import { bucket, recordOf, s3, stageEnv, unique } from "../support.ts";
import { putFiles } from "../query/bucket.ts";
import { writeFiles } from "../query/catalog.ts";

const waybill = (args: readonly string[], env: Record<string, string> = {}) =>
  run(args, { ...stageEnv, ...env });

const root = unique("");
const HOSTILE = `${root}\u001b[31mred\u202e\n`;
const WIDE = `${root}日本/京都.txt`;
const COPY = `${root}copy`;
// Not below the root, so that lists and counts do not include them.
const other = unique("");
const CHECKED = `${other}checked`;
const EMPTY = `${other}empty`;
const GONE = `${other}gone`;

beforeAll(async () => {
  await putFiles(HOSTILE, [HOSTILE], { Body: "hostile" });
  await putFiles(`${root}日`, [WIDE], {
    Body: root,
    ContentType: "text/plain",
    Metadata: { owner: "ann" },
  });
  await putFiles(COPY, [COPY], { Body: root });
  await putFiles(CHECKED, [CHECKED], { Body: other, ChecksumAlgorithm: "CRC64NVME" });
  await putFiles(EMPTY, [EMPTY], { Body: "" });
  await putFiles(GONE, [GONE]);
});

const linesOf = (output: string): unknown[] =>
  output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);

describe("get", () => {
  test("shows every field of a record", async () => {
    const { code, stdout, stderr } = await waybill(["get", WIDE]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`key                   ${WIDE}\n`);
    expect(stdout).toMatch(/^state +present$/m);
    expect(stdout).toMatch(/^metadata\.owner +ann$/m);
    expect(stdout).toMatch(/^event\.principal +\S+$/m);
    expect(stdout).toMatch(/^event\.sourceIp +\S+$/m);
    expect(stdout).toMatch(/^event\.requestId +\S+$/m);
  });

  test("prints the record as one JSON document", async () => {
    const { stdout } = await waybill(["get", WIDE, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ key: WIDE, metadata: { owner: "ann" } });
  });

  test("prints the record on one line with --jsonl", async () => {
    const { stdout } = await waybill(["get", WIDE, "--jsonl"]);
    expect(linesOf(stdout)).toEqual([expect.objectContaining({ key: WIDE })]);
  });

  test("exits with 3 if there is no record, and prints a message on standard error only", async () => {
    const { code, stdout, stderr } = await waybill(["get", `${root}none`]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toBe(`waybill: There is no record of "${root}none".\n`);
  });
});

describe("ls", () => {
  test("escapes control characters in keys, and prints no colors or titles to a pipe", async () => {
    const { stdout } = await waybill(["ls", root]);
    const [hostile = "", ...others] = stdout.trimEnd().split("\n");
    expect(hostile).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {8}7 B {2}/);
    expect(hostile.endsWith(`${root}\\u001b[31mred\\u202e\\u000a`)).toBe(true);
    expect(others.map((line) => line.slice(32))).toEqual([COPY, WIDE]);
  });

  test("groups keys by folder", async () => {
    const { stdout } = await waybill(["ls", root, "--folders", "--jsonl"]);
    expect(linesOf(stdout)).toEqual([
      expect.objectContaining({ key: HOSTILE }),
      expect.objectContaining({ key: COPY }),
      { prefix: `${root}日本/` },
    ]);
  });

  test("prints one JSON document, also if there are no files", async () => {
    const all = await waybill(["ls", root, "--json"]);
    const { files, next } = JSON.parse(all.stdout) as { files: unknown[]; next: unknown };
    expect({ files: files.length, next }).toEqual({ files: 3, next: null });
    const none = await waybill(["ls", `${root}none`, "--json"]);
    expect({ code: none.code, list: JSON.parse(none.stdout) as unknown }).toEqual({
      code: 0,
      list: { files: [], next: null },
    });
    expect(await waybill(["ls", `${root}none`, "--jsonl"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  test("prints a message if there are no files", async () => {
    expect(await waybill(["ls", `${root}none`])).toEqual({
      code: 0,
      stdout: "",
      stderr: "waybill: No files found.\n",
    });
  });

  test.skipIf(!existsSync("/dev/full"))(
    "prints the cause if its output cannot be written",
    async () => {
      const full = await open("/dev/full", "w");
      try {
        const child = spawn(process.execPath, [main, "ls", root], {
          env: { PATH: process.env["PATH"], ...stageEnv },
          stdio: ["ignore", full.fd, "pipe"],
        });
        const errors = child.stderr ? text(child.stderr) : "";
        const [stderr] = await Promise.all([errors, once(child, "exit")]);
        expect(child.exitCode).toBe(1);
        expect(stderr).toMatch(/^waybill: ENOSPC: no space left on device/);
      } finally {
        await full.close();
      }
    },
  );

  test("starts after --start-after and stops at --limit", async () => {
    const { stdout } = await waybill([
      "ls",
      root,
      "--start-after",
      HOSTILE,
      "--limit",
      "1",
      "--jsonl",
    ]);
    expect(linesOf(stdout)).toEqual([expect.objectContaining({ key: COPY })]);
  });

  test("prints colors to a pipe only with FORCE_COLOR", async () => {
    const plain = await waybill(["ls", root, "--folders"]);
    expect(plain.stdout).not.toContain("\u001b");
    const colored = await waybill(["ls", root, "--folders"], { FORCE_COLOR: "1" });
    expect(colored.stdout).toContain("\u001b[");
    expect(colored.stdout).not.toContain("\u001b[31mred");
  });

  test("exits with 0 and no message when its reader closes the pipe", async () => {
    const child = spawn(process.execPath, [main, "ls", root], {
      env: { PATH: process.env["PATH"], ...stageEnv },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect({ code: code as unknown, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

/** The indexes are eventually consistent. */
const PATIENCE = { timeout: 60_000, interval: 200 };

describe("queries of the indexes", () => {
  test("recent lists files that arrived recently", async () => {
    await expect
      .poll(async () => {
        const { stdout } = await waybill([
          "recent",
          "--since",
          "10min",
          "--limit",
          "2000",
          "--jsonl",
        ]);
        return linesOf(stdout);
      }, PATIENCE)
      .toContainEqual(expect.objectContaining({ key: WIDE }));
  });

  test("recent prints the start of the window if there are no files in it", async () => {
    const { code, stdout, stderr } = await waybill(["recent", "--until", "2006-06"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toMatch(/^waybill: No files arrived since 2005-06-01 00:00:00 UTC/);
  });

  test("duplicates lists a file and its copies", async () => {
    await expect
      .poll(async () => linesOf((await waybill(["duplicates", COPY, "--jsonl"])).stdout), PATIENCE)
      .toEqual([COPY, WIDE].map((key) => expect.objectContaining({ key }) as unknown));
    expect((await waybill(["duplicates", `${root}none`])).code).toBe(3);
  });

  test("duplicates prints what identifies the content, which its options accept", async () => {
    const byEtag = await waybill(["duplicates", COPY]);
    const [, etag = ""] =
      /^waybill: 2 files with the content (\S+) \(ETag\)\n$/.exec(byEtag.stderr) ?? [];
    for (const option of ["--content", "--etag"]) {
      expect(await waybill(["duplicates", option, etag])).toEqual(byEtag);
    }

    const byChecksum = await waybill(["duplicates", CHECKED]);
    const [, content = ""] =
      /^waybill: 1 file with the content (crc64nvme:\S+:\d+) \(CRC64NVME checksum and size in bytes\)\n$/.exec(
        byChecksum.stderr,
      ) ?? [];
    expect(byChecksum.stdout).toContain(CHECKED);
    expect(await waybill(["duplicates", "--content", content])).toEqual(byChecksum);
  });

  test("duplicates does not find a file with a checksum by its ETag, and says so", async () => {
    const { stdout } = await waybill(["get", CHECKED, "--json"]);
    const { etag } = JSON.parse(stdout) as { etag: string };
    const found = await waybill(["duplicates", "--etag", etag]);
    expect({ ...found, stderr: found.stderr.split("\n") }).toEqual({
      code: 0,
      stdout: "",
      stderr: [
        `waybill: 0 files with the content ${etag} (ETag)`,
        "  Files with a CRC64NVME checksum are not found by their ETag: use <key> or --content.",
        "",
      ],
    });
  });

  test("duplicates says that the content of a file is unknown", async () => {
    const key = `${other}unknown`;
    await writeFiles([{ key, state: "unreadable", etag: "" }]);
    expect(await waybill(["duplicates", key])).toEqual({
      code: 0,
      stdout: "",
      stderr: "waybill: The content of the file is unknown, because S3 did not describe it.\n",
    });
  });

  test("duplicates says that empty files are never duplicates", async () => {
    const { code, stdout, stderr } = await waybill(["duplicates", EMPTY]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toBe("waybill: The file is empty. Empty files are never duplicates.\n");
    expect(await waybill(["duplicates", EMPTY, "--json"])).toEqual({
      code: 0,
      stdout: "[]\n",
      stderr: "",
    });
  });
});

interface Next {
  readonly startAfter?: string;
  readonly startAfterTime?: string;
}

describe("a command that ends at its limit", () => {
  const commands = [
    { command: "ls", line: ["ls", root] },
    { command: "find", line: ["find", root] },
    { command: "find --since", line: ["find", root, "--since", "1h"] },
  ];

  test.each(commands)("$command says how to go on, until nothing is left", async ({ line }) => {
    let all: string[] = [];
    await expect
      .poll(async () => {
        const { stdout } = await waybill([...line, "--jsonl"]);
        all = linesOf(stdout).map((file) => (file as { key: string }).key);
        return all.length;
      }, PATIENCE)
      .toBeGreaterThan(2);
    const seen: string[] = [];
    let next: Next | null = {};
    for (let pages = 0; next !== null; pages++) {
      expect(pages).toBeLessThanOrEqual(all.length);
      const { startAfter, startAfterTime } = next;
      const after = startAfter === undefined ? [] : ["--start-after", startAfter];
      const time = startAfterTime === undefined ? [] : ["--start-after-time", startAfterTime];
      const page = await waybill([...line, ...time, ...after, "--limit", "1", "--json"]);
      const read = JSON.parse(page.stdout) as { files: { key: string }[]; next: Next | null };
      seen.push(...read.files.map(({ key }) => key));
      ({ next } = read);
      const hint =
        next === null
          ? /^$/
          : /^waybill: Ended at --limit 1; there can be more\. .* --start-after /;
      expect(page.stderr).toMatch(hint);
    }
    expect(seen).toEqual(all);
  });

  test("recent says how to go on", async () => {
    const { stdout, stderr } = await waybill(["recent", "--since", "1h", "--limit", "1", "--json"]);
    const { files, next } = JSON.parse(stdout) as { files: unknown[]; next: unknown };
    expect(files).toHaveLength(1);
    expect(next).toMatchObject({ startAfterTime: expect.any(String) as string });
    expect(stderr).toMatch(/^waybill: Ended at --limit 1; .* --start-after-time /);
  });
});

describe("find and stats", () => {
  test("find lists the matching files, and prints the cost with --cost", async () => {
    const { stdout, stderr } = await waybill([
      "find",
      root,
      "--name=*.txt",
      "--meta=owner=ann",
      "--type=text/*",
      "--max-size=1KB",
      "--since=1h",
      "--jsonl",
      "--cost",
    ]);
    expect(linesOf(stdout)).toEqual([expect.objectContaining({ key: WIDE })]);
    expect(stderr).toMatch(
      /^waybill: 1 file; read \d+ items in \d+ requests, [\d.]+ read units? of the /,
    );
  });

  test("find lists the files of a principal, and who deleted others", async () => {
    const { stdout } = await waybill(["get", WIDE, "--json"]);
    const { event } = JSON.parse(stdout) as { event: { principal: string; requestId: string } };
    const found = await waybill(["find", root, "--by", event.requestId, "--jsonl"]);
    expect(linesOf(found.stdout)).toEqual([expect.objectContaining({ key: WIDE })]);

    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: GONE }));
    await recordOf(GONE, { state: "deleted" });
    const who = ["--state", "deleted", "--by", event.principal, "--jsonl"];
    const deleted = await waybill(["find", GONE, ...who]);
    expect(linesOf(deleted.stdout)).toMatchObject([
      { key: GONE, event: { name: "ObjectRemoved:DeleteMarkerCreated" } },
    ]);
  });

  test("stats prints counts and sizes by type", async () => {
    const { stdout } = await waybill(["stats", root, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      groups: [
        { name: "application/octet-stream", files: 2 },
        { name: "text/plain", files: 1 },
      ],
      total: { files: 3 },
    });
    const line = await waybill(["stats", root, "--jsonl"]);
    expect(linesOf(line.stdout)).toEqual([JSON.parse(stdout)]);
    const table = await waybill(["stats", root]);
    expect(table.stdout).toMatch(/^total +3 +\d+ B +100\.0 %$/m);
  });
});
