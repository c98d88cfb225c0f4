import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { get, request as httpRequest, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { raw, settings, start, type Running } from "./harness.ts";
import { spawnS3 } from "./spawn.ts";

const MIB = 1024 * 1024;

async function begin(url: string | URL): Promise<IncomingMessage> {
  const [response]: IncomingMessage[] = await once(get(url), "response");
  if (!response) throw new Error("No response.");
  return response;
}

describe("while an object is being read", () => {
  let running: Running;
  beforeAll(async () => {
    running = await start();
    running.s3.ensureBucket("files", settings({ versioning: "Unversioned" }));
  });
  afterAll(() => running[Symbol.asyncDispose]());

  /** More than the socket buffers hold, so that most of it is unread when the object changes. */
  const SIZE = 16 * MIB;

  /** Creates an object whose first part is in a file, and whose last part is in the database. */
  async function uploadInParts(): Promise<void> {
    const object = { Bucket: "files", Key: "a" };
    const { client } = running;
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
    const sizes = [SIZE - 10, 10];
    const Parts = await Promise.all(
      sizes.map(async (size, index) => {
        const part = { ...object, UploadId, PartNumber: index + 1, Body: Buffer.alloc(size, 1) };
        const { ETag } = await client.send(new UploadPartCommand(part));
        return { PartNumber: part.PartNumber, ETag };
      }),
    );
    const completed = { ...object, UploadId, MultipartUpload: { Parts } };
    await client.send(new CompleteMultipartUploadCommand(completed));
  }

  async function readSize(response: IncomingMessage, fill: number): Promise<number> {
    let total = 0;
    for await (const chunk of response) {
      const bytes: Buffer = chunk;
      if (!bytes.equals(Buffer.alloc(bytes.length, fill))) throw new Error("The content differs.");
      total += bytes.length;
    }
    return total;
  }

  async function files(): Promise<number> {
    const all = await readdir(join(running.dir, "bodies"), {
      recursive: true,
      withFileTypes: true,
    });
    return all.filter((entry) => entry.isFile()).length;
  }

  const upload = () => raw(running, "PUT", "/files/a", { body: Buffer.alloc(SIZE, 1) });
  const remove = () => raw(running, "DELETE", "/files/a");
  const overwrite = () => raw(running, "PUT", "/files/a", { body: "short" });

  test.each([
    ["deletion", upload, remove],
    ["overwrite", upload, overwrite],
    ["deletion of several parts", uploadInParts, remove],
    ["overwrite of several parts", uploadInParts, overwrite],
  ])(
    "a %s does not affect the reader, and deletes the bytes afterwards",
    async (_, write, change) => {
      await write();
      const response = await begin(`${running.endpoint}/files/a`);
      expect((await change()).status).toBeLessThan(300);
      expect(await readSize(response, 1)).toBe(SIZE);
      await vi.waitFor(async () => expect(await files()).toBe(0), { timeout: 10_000 });
    },
  );

  test("a reader that disconnects leaves no file open", async () => {
    await raw(running, "PUT", "/files/b", { body: Buffer.alloc(SIZE, 1) });
    const response = await begin(`${running.endpoint}/files/b`);
    response.destroy();
    await raw(running, "DELETE", "/files/b");
    await vi.waitFor(async () => expect(await files()).toBe(0), { timeout: 10_000 });
  });
});

describe.skipIf(!existsSync("/proc/self/status"))("memory", () => {
  let dir = "";
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "waybill-memory-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  /** Returns the peak memory of a process, in MiB. */
  function peak(pid: number | undefined): number {
    const status = readFileSync(`/proc/${String(pid)}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  test("does not grow with the size of an object", async () => {
    const setup = await start({ dir });
    setup.s3.ensureBucket("files", settings());
    await setup.stop();
    const { child, endpoint } = await spawnS3(dir);
    const SIZE = 160 * MIB;
    const chunk = Buffer.alloc(MIB, "some content ");
    const target = new URL("/files/huge", endpoint);
    await raw({ endpoint }, "PUT", "/files/warm", { body: chunk });
    const before = peak(child.pid);

    const upload = httpRequest(target, { method: "PUT", headers: { "content-length": SIZE } });
    const answered = once(upload, "response");
    await pipeline(Readable.from(Array.from({ length: SIZE / MIB }, () => chunk)), upload);
    const [written]: IncomingMessage[] = await answered;
    const download = await begin(target);
    let received = 0;
    for await (const bytes of download) received += Buffer.byteLength(bytes);
    const copy = await raw({ endpoint }, "PUT", "/files/copy", {
      headers: { "x-amz-copy-source": "/files/huge", "x-amz-checksum-algorithm": "SHA256" },
    });
    const grown = peak(child.pid) - before;
    child.kill();

    expect(written?.statusCode).toBe(200);
    expect(received).toBe(SIZE);
    expect(copy.status).toBe(200);
    expect(grown).toBeLessThan(80);
  });
});
