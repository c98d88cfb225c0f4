import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ALL_EVENTS, raw, settings, start } from "./harness.ts";
import { spawnS3 } from "./spawn.ts";

const MIB = 1024 * 1024;

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "waybill-crash-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function files(): Promise<number> {
  const all = await readdir(join(dir, "bodies"), { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).length;
}

/**
 * Some bodies fit into the database, some need files, and some take long enough to be interrupted.
 */
const SIZES = [10, 1000, 20_000, 300_000, 3 * MIB];

interface Acknowledged {
  key: string;
  size: number;
  version: string;
}

/** Writes until the server is killed, and reports each acknowledged write. */
async function writeUntilDead(
  endpoint: string,
  writer: number,
  acknowledge: (written: Acknowledged) => void,
): Promise<void> {
  for (let index = 0; ; index++) {
    const size = SIZES[index % SIZES.length] ?? 0;
    const key = `${writer}-${index % 7}`;
    try {
      const reply = await raw({ endpoint }, "PUT", `/files/${key}`, {
        body: Buffer.alloc(size, index),
      });
      expect(reply.status).toBe(200);
      acknowledge({ key, size, version: String(reply.headers["x-amz-version-id"]) });
    } catch (error) {
      if (error instanceof Error && "code" in error) return;
      throw error;
    }
  }
}

test("allows one process at a time to open a folder", async () => {
  await using running = await start();
  const second = start({ dir: running.dir });
  await expect(second).rejects.toMatchObject({ code: "store.in_use", retry: true });
});

test("keeps each acknowledged write and its notification after kill -9, and nothing else", async () => {
  const setup = await start({ dir });
  setup.s3.ensureBucket("files", settings({ notifications: [ALL_EVENTS] }));
  await setup.s3.settled();
  await setup.stop();
  const acknowledged: Acknowledged[] = [];
  for (let round = 0; round < 5; round++) {
    const { child, endpoint } = await spawnS3(dir);
    const last = acknowledged.length + 10 + round * 9;
    const writers = Array.from({ length: 6 }, (_, writer) =>
      writeUntilDead(endpoint, writer, (written) => {
        // The other writers are in the middle of a write.
        if (acknowledged.push(written) === last) child.kill("SIGKILL");
      }),
    );
    await Promise.all(writers);
  }

  await using running = await start({ dir });
  const records = await running.records();
  const notified = new Map(records.map(({ s3 }) => [s3.object.versionId, s3.object]));
  for (const { key, size, version } of acknowledged) {
    const read = await raw(running, "GET", `/files/${key}?versionId=${version}`);
    expect(read.status).toBe(200);
    expect(Number(read.headers["content-length"])).toBe(size);
    expect(notified.get(version)).toMatchObject({ key, size });
  }
  // A write that was interrupted after its commit can exist without an acknowledgment. Each version that
  // exists is complete, has its notification, and has a file only if it needs one.
  const { body } = await raw(running, "GET", "/files?versions");
  const versions = [...body.matchAll(/<VersionId>(.*?)<\/VersionId>/g)].map(
    ([, version]) => version,
  );
  expect(new Set(versions)).toEqual(new Set(notified.keys()));
  const inFiles = [...notified.values()].filter(({ size }) => (size ?? 0) > 16 * 1024);
  expect(await files()).toBe(inFiles.length);

  const byKey = Map.groupBy(records, ({ s3 }) => s3.object.key);
  for (const history of byKey.values()) {
    const sequencers = history.map(({ s3 }) => s3.object.sequencer ?? "");
    expect(sequencers.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(sequencers);
  }
});
