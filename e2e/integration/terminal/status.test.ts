import { PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";

import { waybill } from "@waybill/cli/test/waybill";
import { bucket, offline, s3, send, stageEnv, unique } from "../support.ts";

const Status = z.object({
  bucket: z.string(),
  metrics: z.object({
    indexed: z.number(),
    failed: z.number(),
    lag: z.optional(z.object({ p50: z.number(), p99: z.number() })),
  }),
});

async function statusNow() {
  const { stdout } = await waybill(["status", "--json"], stageEnv);
  return Status.parse(JSON.parse(stdout));
}

// On a stage in AWS, CloudWatch shows metrics only a minute or two later.
describe.runIf(offline)("waybill status", () => {
  test("prints throughput and lag from the metrics of the function", async () => {
    const before = await statusNow();
    expect(before.bucket).toBe(bucket);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: unique("counted"), Body: "x" }));

    await expect
      .poll(async () => (await statusNow()).metrics, { timeout: 60_000, interval: 500 })
      .toMatchObject({
        indexed: expect.toSatisfy((indexed: number) => indexed > before.metrics.indexed),
        lag: { p50: expect.any(Number), p99: expect.any(Number) },
      });
  });

  test("counts failed events, also in a batch without other events", async () => {
    const before = await statusNow();
    await send(unique("not a notification"));

    await expect
      .poll(async () => (await statusNow()).metrics.failed, { timeout: 60_000, interval: 500 })
      .toBeGreaterThan(before.metrics.failed);
  });
});
