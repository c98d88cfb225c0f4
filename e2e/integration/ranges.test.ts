import { PutObjectCommand } from "@aws-sdk/client-s3";
import { get } from "@waybill/core/catalog";
import { completeness } from "@waybill/core/completeness";
import { collectRanges, planPass, workOnRange } from "@waybill/core/reconcile/ranges";
import { describe, expect, test } from "vitest";

import { bucket, offline, putLost, recordOf, s3, unique } from "./support.ts";

/** Puts objects whose records are then lost. Returns their keys. */
async function lostObjects(prefix: string, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  await putLost(keys);
  return keys;
}

const plan = (pass: string, prefix: string) => planPass({ pass, prefix, repair: true, ranges: 4 });

const far = () => Date.now() + 60_000;

// On a stage in AWS, the role of the test may not write to the catalog.
describe.runIf(offline)("the ranges of a pass", () => {
  test("are planned once, also if the plan is made again", async () => {
    const prefix = unique("plan/");
    await lostObjects(prefix, 8);
    const pass = crypto.randomUUID();
    const first = await plan(pass, prefix);
    expect(first.length).toBeGreaterThan(1);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}later`, Body: "x" }));
    expect(await plan(pass, prefix)).toEqual(first);
  });

  test("that are too long are split, until all is compared", async () => {
    const prefix = unique("split/");
    // The first keys are equal. The others wait for their events, longer than the first function works.
    for (const name of ["a", "b", "c"]) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + name, Body: "x" }));
      await recordOf(prefix + name, { state: "present" });
    }
    const keys = await lostObjects(`${prefix}later/`, 6);
    const pass = crypto.randomUUID();
    let open: readonly string[] = await planPass({ pass, prefix, repair: true, ranges: 1 });
    let progress = -1;
    const seen = new Set(open);
    // Longer each time, so that a slow machine comes further as well; the parts have enough time.
    for (let time = 1000; open.length > 0; time = seen.size > 1 ? 30_000 : time + 250) {
      const stopAt = Date.now() + time;
      await Promise.all(open.map((range) => workOnRange({ pass, range, stopAt })));
      const collected = await collectRanges(pass, progress);
      ({ open, progress } = collected);
      for (const range of open) seen.add(range);
      expect(seen.size > 1 || time < 30_000).toBe(true);
    }
    expect([...seen]).toContain("0.0");
    for (const key of keys) expect(await get(key)).toMatchObject({ state: "present" });
    expect((await completeness(prefix)).completeAsOf).toMatch(/^\d{4}-/);
  });

  test("without a worker stall the pass, and do not complete it", async () => {
    const prefix = unique("stall/");
    await lostObjects(prefix, 2);
    const pass = crypto.randomUUID();
    await plan(pass, prefix);
    const { progress, status } = await collectRanges(pass, -1);
    expect(status).toBe("open");
    expect((await collectRanges(pass, progress)).status).toBe("stalled");
    expect((await completeness(prefix)).completeAsOf).toBeUndefined();
  });

  test("are worked on by several functions at a time without harm", async () => {
    const prefix = unique("twice/");
    const keys = await lostObjects(prefix, 6);
    const pass = crypto.randomUUID();
    const open = await plan(pass, prefix);
    await Promise.all(
      [...open, ...open].map((range) => workOnRange({ pass, range, stopAt: far() })),
    );
    const { status, total } = await collectRanges(pass, -1);
    expect(status).toBe("complete");
    expect(total.failed).toBe(0);
    for (const key of keys) expect(await get(key)).toMatchObject({ state: "present" });
  });

  test("of an unknown pass are an error", async () => {
    await expect(workOnRange({ pass: "none", range: "0", stopAt: far() })).rejects.toMatchObject({
      code: "reconcile.no_pass",
      retry: false,
    });
  });
});
