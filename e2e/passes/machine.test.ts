import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";

import { fastS3, load, silence } from "../scale/load.ts";
import { measure } from "../scale/measure.ts";
import { control, removeStage, type Stack, startStack } from "../stack.ts";

/** A hundred thousand take about ten minutes. */
const OBJECTS = Number(process.env["WAYBILL_PASS_OBJECTS"] ?? 3000);
const CONCURRENCY = 8;
const KILLS = 3;

const stage = `passes-${process.pid}`;
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ stage });
});

afterAll(async () => {
  await stack.stop();
  await removeStage(stage);
});

const linked = (link: string) =>
  JSON.parse(stack.env[`SST_RESOURCE_${link}`] ?? "{}") as Record<string, string>;

test(
  `the state machine records ${OBJECTS} objects with ${CONCURRENCY} ranges at a time, although functions are killed`,
  { timeout: 300_000 + OBJECTS * 20 },
  async () => {
    Object.assign(process.env, stack.env);
    const s3 = fastS3();
    const bucket = linked("Files")["name"] ?? "";
    await silence(s3, bucket);
    await load(s3, bucket, OBJECTS, () => {});

    const sfn = new SFNClient({});
    const start = performance.now();
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({
        stateMachineArn: linked("Reconcile")["arn"],
        input: JSON.stringify({ concurrency: CONCURRENCY }),
      }),
    );
    let kills = 0;
    const statusOf = async () => {
      if (kills < KILLS) {
        const { killed } = (await control(stack, "kill-workers", "one")) as { killed: number };
        kills += killed;
      }
      return (await sfn.send(new DescribeExecutionCommand({ executionArn }))).status;
    };
    await expect
      .poll(statusOf, { timeout: 240_000 + OBJECTS * 15, interval: 1000 })
      .not.toBe("RUNNING");
    expect(await statusOf()).toBe("SUCCEEDED");
    expect(kills).toBe(KILLS);
    const seconds = (performance.now() - start) / 1000;
    process.stderr.write(`${OBJECTS} objects recorded in ${seconds.toFixed(0)} s\n`);

    const { code, summary } = await measure("verify", stack.env);
    expect({ code, ...summary }).toMatchObject({
      code: 0,
      objects: OBJECTS,
      records: OBJECTS,
      missing: 0,
      ghost: 0,
      different: 0,
    });
  },
);
