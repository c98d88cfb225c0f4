import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import * as fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";

import type { StartOptions } from "../src/index.ts";
import { code } from "./failure.ts";
import { ALL_EVENTS, settings, start, type Running } from "./harness.ts";

const KEY = "key";
const MIDDAY = Date.UTC(2026, 2, 1, 12);

/** A server with a bucket, and a clock that a test sets. */
async function open(
  versioning: "Enabled" | "Unversioned",
  behavior: StartOptions["behavior"] = {},
) {
  let now = MIDDAY;
  const running = await start({ behavior, clock: () => new Date(now) });
  onTestFinished(() => running[Symbol.asyncDispose]());
  running.s3.ensureBucket("files", settings({ versioning, notifications: [ALL_EVENTS] }));
  await running.records();
  return { running, wait: (seconds: number) => void (now += seconds * 1000) };
}

const KEYED = { Bucket: "files", Key: KEY };

const put = ({ client }: Running, Body = "put") =>
  client.send(new PutObjectCommand({ ...KEYED, Body }));

const remove = ({ client }: Running, VersionId?: string) =>
  client.send(new DeleteObjectCommand({ ...KEYED, VersionId }));

const head = ({ client }: Running) => client.send(new HeadObjectCommand(KEYED));

/** Starts an upload of one part, and returns how to complete it. */
async function upload({ client }: Running) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(KEYED));
  const part = { ...KEYED, UploadId, PartNumber: 1 };
  const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: "upload" }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  return () =>
    client.send(new CompleteMultipartUploadCommand({ ...KEYED, UploadId, MultipartUpload }));
}

/** The names and the sequencers of the events since the last call. */
async function events(running: Running) {
  const records = await running.records();
  return records.map(({ eventName, eventTime, s3 }) => ({
    name: eventName,
    time: eventTime,
    sequencer: s3.object.sequencer ?? "",
    versionId: s3.object.versionId,
  }));
}

/** The second that a sequencer has. */
const secondOf = (sequencer: string) => Number.parseInt(sequencer.slice(2, 10), 16);

describe("an upload in parts", () => {
  test("has the LastModified and the sequencer of its start, and the event of its completion", async () => {
    const { running, wait } = await open("Enabled");
    const complete = await upload(running);
    wait(6 * 3600);
    await complete();

    expect((await head(running)).LastModified).toEqual(new Date(MIDDAY));
    const [event] = await events(running);
    expect(secondOf(event?.sequencer ?? "")).toBe(MIDDAY / 1000);
    expect(event?.time).toBe(new Date(MIDDAY + 6 * 3600 * 1000).toISOString());
  });

  test("is a noncurrent version under an object or a delete marker that was made after its start", async () => {
    const { running } = await open("Enabled");
    const [first, second] = [await upload(running), await upload(running)];
    const { VersionId } = await put(running);
    const completed = await first();
    expect(await head(running)).toMatchObject({ VersionId });
    await remove(running);
    await second();

    expect(await code(head(running))).toBe("NotFound");
    const listed = await running.client.send(new ListObjectVersionsCommand({ Bucket: "files" }));
    expect(listed.DeleteMarkers?.map(({ IsLatest }) => IsLatest)).toEqual([true]);
    expect(listed.Versions?.map(({ IsLatest }) => IsLatest)).toEqual([false, false, false]);
    expect(listed.Versions?.map((version) => version.VersionId)).toEqual([
      VersionId,
      expect.any(String),
      completed.VersionId,
    ]);
  });

  test("becomes current when the later versions are removed", async () => {
    const { running } = await open("Enabled");
    const complete = await upload(running);
    const { VersionId } = await put(running);
    const completed = await complete();
    await remove(running, VersionId);

    expect(await head(running)).toMatchObject({ VersionId: completed.VersionId });
  });

  test("sends the same event whether or not its version is current", async () => {
    const { running } = await open("Enabled");
    const complete = await upload(running);
    await put(running);
    const { VersionId } = await complete();
    const [putEvent, completed] = await events(running);

    expect(completed).toMatchObject({
      name: "ObjectCreated:CompleteMultipartUpload",
      versionId: VersionId,
    });
    expect((completed?.sequencer ?? "") < (putEvent?.sequencer ?? "")).toBe(true);
  });
});

describe("without versions, an upload that was started before the last change of its key", () => {
  test.each(["a put", "a deletion"])("completes and is never seen, after %s", async (change) => {
    const { running } = await open("Unversioned");
    await put(running, "before");
    const complete = await upload(running);
    if (change === "a put") await put(running, "after");
    else await remove(running);
    const { ETag } = await complete();

    expect(ETag).toMatch(/-1"$/);
    const seen = await head(running).catch(() => undefined);
    expect(seen?.ETag).not.toBe(ETag);
    expect(seen === undefined).toBe(change === "a deletion");
    expect((await events(running)).at(-1)).toMatchObject({
      name: "ObjectCreated:CompleteMultipartUpload",
    });
  });

  test.each(["a put", "a deletion"])("is the object with `visible`, after %s", async (change) => {
    const { running } = await open("Unversioned", { supersededUploads: "visible" });
    await put(running, "before");
    const complete = await upload(running);
    if (change === "a put") await put(running, "after");
    else await remove(running);
    const { ETag } = await complete();

    expect(await head(running)).toMatchObject({ ETag });
    const listed = await running.client.send(new ListObjectVersionsCommand({ Bucket: "files" }));
    expect(listed.Versions?.map(({ IsLatest }) => IsLatest)).toEqual([true]);
  });

  test("is seen if it is the last that was started", async () => {
    const { running } = await open("Unversioned");
    await put(running, "before");
    const { ETag } = await (await upload(running))();

    expect(await head(running)).toMatchObject({ ETag });
  });
});

describe("the event of a lifecycle expiration", () => {
  test.each(["Enabled", "Unversioned"] as const)(
    "has the sequencer of the object that expires (%s)",
    async (versioning) => {
      const { running, wait } = await open(versioning);
      await put(running);
      wait(86_400);
      expect(running.s3.expire("files", KEY)).toBe(true);

      const [created, expired] = await events(running);
      expect(expired?.sequencer).toBe(created?.sequencer);
      expect(await code(head(running))).toBe("NotFound");
    },
  );

  test("has the id and the sequencer of a noncurrent version that expires", async () => {
    const { running } = await open("Enabled");
    const old = await put(running);
    const current = await put(running);
    const expire = (id: string | undefined) => running.s3.expire("files", KEY, id);
    expect([expire(old.VersionId), expire(old.VersionId)]).toEqual([true, false]);
    expect([expire(current.VersionId), expire("unknown")]).toEqual([false, false]);

    const [created, , expired, ...others] = await events(running);
    expect(others).toEqual([]);
    expect(expired).toMatchObject({
      name: "LifecycleExpiration:Delete",
      versionId: old.VersionId,
      sequencer: created?.sequencer,
    });
    expect(await head(running)).toMatchObject({ VersionId: current.VersionId });
  });

  test("removes a delete marker under which there is no version", async () => {
    const { running } = await open("Enabled");
    const { VersionId } = await remove(running);
    expect(running.s3.expire("files", KEY, VersionId)).toBe(true);

    const listed = await running.client.send(new ListObjectVersionsCommand({ Bucket: "files" }));
    expect(listed.DeleteMarkers ?? []).toEqual([]);
  });
});

describe("the event of removing a version by its id", () => {
  test("has a sequencer of its own by default", async () => {
    const { running } = await open("Enabled");
    const { VersionId } = await put(running);
    await put(running);
    await remove(running, VersionId);

    const [, second, removed] = await events(running);
    expect((removed?.sequencer ?? "") > (second?.sequencer ?? "")).toBe(true);
  });

  test("has that of the removed version with `removed-version`, also while the server runs", async () => {
    const { running } = await open("Enabled");
    running.s3.behavior.removalSequencer = "removed-version";
    const { VersionId } = await put(running);
    await put(running);
    await remove(running, VersionId);

    const [first, , removed] = await events(running);
    expect(removed?.sequencer).toBe(first?.sequencer);
  });
});

test("for any history, the current version is the one that was started last and exists", async () => {
  const { running } = await open("Enabled");
  const step = fc.constantFrom("put", "start", "complete", "delete", "remove newest" as const);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const places: { id: string | undefined; place: number; marker: boolean }[] = [];
      const uploads: { place: number; complete: Awaited<ReturnType<typeof upload>> }[] = [];
      for (const [place, each] of steps.entries()) {
        if (each === "put") {
          places.push({ id: (await put(running)).VersionId, place, marker: false });
        } else if (each === "delete") {
          places.push({ id: (await remove(running)).VersionId, place, marker: true });
        } else if (each === "start") uploads.push({ place, complete: await upload(running) });
        else if (each === "complete") {
          const started = uploads.shift();
          if (started === undefined) continue;
          const { VersionId } = await started.complete();
          places.push({ id: VersionId, place: started.place, marker: false });
        } else {
          const newest = newestOf(places);
          if (newest) await remove(running, newest.id);
          places.splice(0, places.length, ...places.filter((other) => other !== newest));
        }
      }
      const expected = newestOf(places);
      const current = await head(running).then(
        ({ VersionId }) => VersionId,
        () => "none",
      );
      expect(current).toBe(expected && !expected.marker ? expected.id : "none");
      for (const { id } of places) await remove(running, id);
    }),
    { numRuns: 40 },
  );
});

function newestOf<T extends { place: number }>(places: readonly T[]): T | undefined {
  return places.reduce<T | undefined>((a, b) => (a && a.place > b.place ? a : b), undefined);
}
