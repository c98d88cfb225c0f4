import { get } from "@waybill/core/catalog";
import { completeness } from "@waybill/core/completeness";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";

import { waybill } from "@waybill/cli/test/waybill";
import { offline, putLost, stageEnv, unique } from "../support.ts";

const Pass = z.object({
  pass: z.string(),
  status: z.string(),
  prefix: z.string(),
  ranges: z.object({ done: z.number(), all: z.number() }),
  total: z.object({
    objects: z.number(),
    failed: z.number(),
    found: z.object({ missing: z.number(), ghost: z.number(), different: z.number() }),
  }),
});

async function reconcile(...args: string[]) {
  const { code, stdout, stderr } = await waybill(["reconcile", ...args, "--json"], stageEnv);
  return { code, stderr, pass: stdout === "" ? undefined : Pass.parse(JSON.parse(stdout)) };
}

/** Puts objects in several folders whose records are then lost. Returns their keys. */
async function lostObjects(prefix: string, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => `${prefix}${index % 3}/ü ${index}`);
  await putLost(keys);
  return keys;
}

// On a stage in AWS, the role of the test may not write to the catalog.
describe.runIf(offline)("waybill reconcile", () => {
  test("counts the differences of a prefix with --dry-run, repairs them without, and says how complete it is", async () => {
    const prefix = unique("machine/");
    const keys = await lostObjects(prefix, 6);

    const counted = await reconcile("start", prefix, "--dry-run", "--wait");
    expect(counted).toMatchObject({
      code: 0,
      pass: { status: "SUCCEEDED", prefix, total: { objects: 6, found: { missing: 6 } } },
    });
    expect(await get(keys[0] ?? "")).toBeUndefined();
    expect((await completeness(prefix)).completeAsOf).toBeUndefined();

    const repaired = await reconcile("start", prefix, "--wait", "--concurrency", "2");
    const { all = 0 } = repaired.pass?.ranges ?? {};
    expect(all).toBeGreaterThan(1);
    expect(repaired).toMatchObject({
      code: 0,
      pass: {
        status: "SUCCEEDED",
        ranges: { done: all },
        total: { objects: 6, failed: 0, found: { missing: 6, ghost: 0, different: 0 } },
      },
    });
    for (const key of keys) expect(await get(key)).toMatchObject({ state: "present" });
    expect((await completeness(prefix)).completeAsOf).toMatch(/^\d{4}-/);
    const { pass: name = "" } = repaired.pass ?? {};
    expect((await reconcile("status", name.slice(0, 13))).pass?.pass).toBe(name);
  });

  test("can be stopped and continued", async () => {
    const prefix = unique("stopped/");
    const keys = await lostObjects(prefix, 2);
    const started = await waybill(["reconcile", "start", prefix, "--json"], stageEnv);
    const { pass } = z.object({ pass: z.string() }).parse(JSON.parse(started.stdout));
    await waybill(["reconcile", "stop", pass], stageEnv);
    expect((await reconcile("status", pass)).pass?.status).toBe("ABORTED");

    const resumed = await reconcile("start", "--resume", pass, "--wait");
    expect(resumed).toMatchObject({ code: 0, pass: { pass, status: "SUCCEEDED" } });
    for (const key of keys) expect(await get(key)).toMatchObject({ state: "present" });
  });

  test("does not find a pass that was never started", async () => {
    const { code, stderr } = await reconcile("status", "never");
    expect(code).toBe(3);
    expect(stderr).toBe("waybill: No pass never was found.\n");
  });
});
