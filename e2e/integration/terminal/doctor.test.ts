import { Resource } from "sst";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";

import { waybill } from "@waybill/cli/test/waybill";
import { offline, stageEnv } from "../support.ts";

const Checks = z.array(
  z.object({
    name: z.string(),
    status: z.string(),
    message: z.string(),
    fix: z.optional(z.string()),
  }),
);

async function checks() {
  const { stdout } = await waybill(["doctor", "--json"], stageEnv);
  const found = Checks.parse(JSON.parse(stdout));
  return Object.fromEntries(found.map((check) => [check.name, check]));
}

describe("waybill doctor", () => {
  test("finds the way of the events in order", async () => {
    expect(await checks()).toMatchObject({
      bindings: { status: "ok", message: expect.stringContaining(Resource.Files.name) as string },
      notification: { status: "ok" },
      rule: { status: "ok" },
      "queue policy": { status: "ok" },
    });
  });

  test.runIf(offline)("says who asks, and what it could not check", async () => {
    expect(await checks()).toMatchObject({
      identity: {
        status: "ok",
        message: expect.stringMatching(/^arn:aws:iam::\d{12}:root /) as string,
      },
      "event source": { status: "unknown" },
      alarms: { status: "unknown", message: expect.stringContaining("DescribeAlarms") as string },
    });
  });

  test("prints one line for each check", async () => {
    const { stdout } = await waybill(["doctor"], stageEnv);
    const names = [...stdout.matchAll(/^(?:ok|warning|PROBLEM|not checked) +([a-z ]+): /gm)];
    expect(names.map(([, name]) => name)).toEqual([
      "identity",
      "bindings",
      "notification",
      "rule",
      "queue policy",
      "event source",
      "dead letters",
      "alarms",
      "recovery",
      "verification",
      "records",
    ]);
  });
});
