import { PutObjectCommand } from "@aws-sdk/client-s3";
import { get } from "@waybill/core/catalog";
import { afterEach, expect, inject, test, vi } from "vitest";

import { handle } from "../handle.ts";
import { openScene, receiveAll } from "./scene.ts";

// A function whose clock is wrong: the SDK corrects its signatures by S3's answer, and the rule its times.

const stack = inject("modelStack");
const HOUR = 3_600_000;
const key = "folder/file.txt";

afterEach(() => {
  vi.useRealTimers();
});

test("records an object although the clock is an hour ahead", async () => {
  const scene = await openScene("Enabled", stack);
  const put = (Body: string) =>
    scene.s3.send(new PutObjectCommand({ Bucket: scene.bucket, Key: key, Body }));
  const messages = async () =>
    (await receiveAll(scene)).filter((body) => !body.includes("s3:TestEvent"));
  await put("first");
  const first = await messages();
  const before = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: before + HOUR });
  const handled = await handle(first);
  vi.useRealTimers();

  expect(handled).toMatchObject({ failed: [], outcomes: [{ outcome: "indexed" }] });
  const record = await get(key);
  expect(Math.abs(Date.parse(record?.readAt ?? "") - before)).toBeLessThan(30_000);

  // A read in the future would make the next event look covered.
  const { VersionId } = await put("second");
  expect((await handle(await messages())).failed).toEqual([]);
  expect(await get(key)).toMatchObject({ versionId: VersionId });
});
