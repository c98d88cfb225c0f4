import { describe, expect, test } from "vitest";

import { KEPT_EXECUTIONS } from "../src/limits.ts";
import { engineOf, MACHINE, pass, REGION_ARN, type States } from "./fixture.ts";
import { settled } from "./test-clock.ts";

const wait = (Seconds: number): States => ({ A: { Type: "Wait", Seconds, End: true } });
const executionArn = `${REGION_ARN}:execution:machine:one`;
const NOW = Date.parse("2026-01-01T00:00:00Z") / 1000;
const namesOf = (output: Record<string, unknown>) =>
  (output["executions"] as { name: string }[]).map(({ name }) => name);

describe("ListExecutions", () => {
  const stateMachineArn = MACHINE;

  test("lists the latest first, in pages that new executions do not move", async () => {
    const { call, start } = engineOf({ A: pass() });
    for (const name of ["a", "b", "c"]) await start({}, name);
    const first = await call("ListExecutions", { stateMachineArn, maxResults: 2 });
    await start({}, "d");
    const { nextToken } = first;
    const second = await call("ListExecutions", { stateMachineArn, maxResults: 2, nextToken });

    expect([namesOf(first), namesOf(second)]).toEqual([["c", "b"], ["a"]]);
    expect(second).not.toHaveProperty("nextToken");
  });

  test("filters by status", async () => {
    const { call, clock, start } = engineOf(wait(10));
    await start({}, "old");
    await clock.advance(10);
    await start({}, "new");
    const listed = (statusFilter: string) =>
      call("ListExecutions", { stateMachineArn, statusFilter });

    expect(namesOf(await listed("RUNNING"))).toEqual(["new"]);
    expect(await listed("SUCCEEDED")).toEqual({
      executions: [
        {
          executionArn: `${REGION_ARN}:execution:machine:old`,
          stateMachineArn,
          name: "old",
          status: "SUCCEEDED",
          startDate: NOW,
          stopDate: NOW + 10,
          redriveCount: 0,
        },
      ],
    });
    await expect(listed("succeeded")).rejects.toMatchObject({
      message:
        "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]",
    });
  });

  test.each([
    [{ maxResults: 1001 }, "ValidationException"],
    [{ nextToken: "x" }, "InvalidToken"],
    [{ mapRunArn: "x" }, "ValidationException"],
  ])("rejects %j with %s", async (input, code) => {
    const { call } = engineOf({ A: pass() });

    await expect(call("ListExecutions", { stateMachineArn, ...input })).rejects.toMatchObject({
      code,
    });
  });

  test("is not supported for an express state machine", async () => {
    const { call } = engineOf({ A: pass() }, { type: "EXPRESS" });

    await expect(call("ListExecutions", { stateMachineArn })).rejects.toMatchObject({
      code: "StateMachineTypeNotSupported",
    });
  });

  test("forgets the oldest closed executions, and never a running one", async () => {
    const states = {
      A: {
        Type: "Choice",
        Choices: [{ Condition: "{% $states.input = 'wait' %}", Next: "W" }],
        Default: "B",
      },
      W: { Type: "Wait", Seconds: 10, Next: "B" },
      B: pass(),
    };
    const { call, describe: describeExecution, start } = engineOf(states);
    const running = await start("wait");
    const first = await start();
    for (let count = 0; count < KEPT_EXECUTIONS; count += 1) await start();
    await settled();

    expect(await describeExecution(running)).toMatchObject({ status: "RUNNING" });
    await expect(call("DescribeExecution", { executionArn: first })).rejects.toMatchObject({
      code: "ExecutionDoesNotExist",
    });
  });
});

describe("map runs", () => {
  const states = (ExecutionType: string): States => ({
    M: {
      Type: "Map",
      MaxConcurrency: 2,
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType },
        StartAt: "W",
        States: { W: { Type: "Wait", Seconds: "{% $states.input %}", End: true } },
      },
      End: true,
    },
  });

  test("ListMapRuns and DescribeMapRun count the children", async () => {
    const { call, clock, start } = engineOf(states("STANDARD"));
    await start([1, 5, 5], "one");
    await clock.advance(2);
    const { mapRuns } = await call("ListMapRuns", { executionArn });
    const mapRunArn = `${REGION_ARN}:mapRun:machine/M:uuid-1`;
    const counts = { pending: 0, running: 2, succeeded: 1, failed: 0, timedOut: 0, aborted: 0 };
    const common = { executionArn, mapRunArn, startDate: NOW };

    expect(mapRuns).toEqual([{ ...common, stateMachineArn: `${MACHINE}/M` }]);
    expect(await call("DescribeMapRun", { mapRunArn })).toEqual({
      ...common,
      status: "RUNNING",
      maxConcurrency: 2,
      toleratedFailureCount: 0,
      toleratedFailurePercentage: 0,
      itemCounts: { ...counts, total: 3, resultsWritten: 0 },
      executionCounts: { ...counts, total: 3, resultsWritten: 0 },
      redriveCount: 0,
    });
    await clock.advance(10);
    expect(await call("DescribeMapRun", { mapRunArn })).toMatchObject({
      status: "SUCCEEDED",
      stopDate: NOW + 6,
      itemCounts: { running: 0, succeeded: 3 },
    });
    const { executions } = await call("ListExecutions", { mapRunArn });
    const [child] = executions as [{ executionArn: string }];
    expect(await call("DescribeExecution", { executionArn: child.executionArn })).toMatchObject({
      mapRunArn,
      input: "5",
      output: "5",
    });
  });

  test.each(["STANDARD", "EXPRESS"])("StopExecution aborts %s children", async (type) => {
    const { call, clock, start } = engineOf(states(type));
    await start([1, 5, 5, 5], "one");
    await clock.advance(2);
    await call("StopExecution", { executionArn });
    await settled();

    expect(clock.pending).toBe(0);
    expect(
      await call("DescribeMapRun", { mapRunArn: `${REGION_ARN}:mapRun:machine/M:uuid-1` }),
    ).toMatchObject({ status: "ABORTED", itemCounts: { succeeded: 1, aborted: 3, running: 0 } });
  });

  test("DescribeMapRun rejects a map run that does not exist", async () => {
    const { call } = engineOf({ A: pass() });
    const mapRunArn = `${REGION_ARN}:mapRun:machine/M:none`;

    await expect(call("DescribeMapRun", { mapRunArn })).rejects.toMatchObject({
      code: "ResourceNotFound",
    });
  });
});
