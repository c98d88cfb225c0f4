import { describe, expect, test } from "vitest";

import { engineOf, pass, REGION_ARN, resultOf, type States, task } from "./fixture.ts";

const wait = (Seconds: number): States => ({ A: { Type: "Wait", Seconds, End: true } });
const executionArn = `${REGION_ARN}:execution:machine:one`;
const NOW = Date.parse("2026-01-01T00:00:00Z") / 1000;
const hanging = () => new Promise(() => {});

describe("StopExecution", () => {
  const stop = { executionArn, error: "Stop", cause: "by hand" };
  const inlineMap = {
    M: {
      Type: "Map",
      ItemProcessor: { StartAt: "B", States: { B: task() } },
      End: true,
    },
  };

  test.each<[string, States, unknown]>([
    ["a wait", wait(10), {}],
    ["a task", { A: task() }, {}],
    ["a map", inlineMap, [1, 2]],
  ])("stops during %s, and aborts tasks and timers", async (_, states, input) => {
    const signals: AbortSignal[] = [];
    const invoke = (__: unknown, { signal }: { signal: AbortSignal }) => {
      signals.push(signal);
      return hanging();
    };
    const {
      call,
      clock,
      describe: describeExecution,
      history,
      start,
    } = engineOf(states, { invoke });
    await start(input, "one");
    await clock.advance(5);
    expect(await call("StopExecution", stop)).toEqual({ stopDate: NOW + 5 });
    await clock.advance(60);

    expect(await describeExecution(executionArn)).toMatchObject({
      status: "ABORTED",
      error: "Stop",
      cause: "by hand",
      stopDate: NOW + 5,
    });
    expect((await history(executionArn)).at(-1)).toMatchObject({
      type: "ExecutionAborted",
      previousEventId: 0,
      executionAbortedEventDetails: { error: "Stop", cause: "by hand" },
    });
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test("stops during the delay of a retry", async () => {
    const Retry = [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 10 }];
    const invoke = () => Promise.reject(new Error("no"));
    const { call, clock, ended, start } = engineOf({ A: task({ Retry }) }, { invoke });
    await start({}, "one");
    await clock.advance(5);
    await call("StopExecution", { executionArn });

    expect(resultOf(ended[0])).toEqual({ status: "ABORTED" });
    expect(clock.pending).toBe(0);
  });

  test("leaves a closed execution as it is", async () => {
    const { call, clock, describe: describeExecution, start } = engineOf({ A: pass() });
    await start({}, "one");
    await clock.advance(5);

    expect(await call("StopExecution", stop)).toEqual({ stopDate: NOW });
    expect(await describeExecution(executionArn)).toMatchObject({ status: "SUCCEEDED" });
  });
});
