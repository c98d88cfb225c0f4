import { describe, expect, test } from "vitest";

import {
  engineOf,
  MACHINE,
  pass,
  REGION_ARN,
  resultOf,
  ROLE,
  type States,
  typesOf,
} from "./fixture.ts";
import { settled } from "./test-clock.ts";

const wait = (Seconds: number): States => ({ A: { Type: "Wait", Seconds, End: true } });
const executionArn = `${REGION_ARN}:execution:machine:one`;
const NOW = Date.parse("2026-01-01T00:00:00Z") / 1000;

describe("StartExecution", () => {
  test("returns the ARN and the start", async () => {
    const { call } = engineOf({ A: pass() });

    expect(await call("StartExecution", { stateMachineArn: MACHINE, name: "one" })).toEqual({
      executionArn,
      startDate: NOW,
    });
  });

  test("is idempotent for the name and input of a running execution", async () => {
    const { call, clock } = engineOf(wait(10));
    const input = { stateMachineArn: MACHINE, name: "one", input: "{}" };
    const first = await call("StartExecution", input);
    await clock.advance(5);
    expect(await call("StartExecution", input)).toEqual(first);
    const already = {
      code: "ExecutionAlreadyExists",
      message: `Execution Already Exists: '${executionArn}'`,
    };
    await expect(call("StartExecution", { ...input, input: "[]" })).rejects.toMatchObject(already);
    await clock.advance(5);
    await expect(call("StartExecution", input)).rejects.toMatchObject(already);
  });

  test("gives each execution of an express state machine an ARN of its own", async () => {
    const { call } = engineOf({ A: pass() }, { type: "EXPRESS" });
    const input = { stateMachineArn: MACHINE, name: "one" };
    const arns = [await call("StartExecution", input), await call("StartExecution", input)];

    expect(arns.map((output) => output["executionArn"])).toEqual([
      `${REGION_ARN}:express:machine:one:uuid-1`,
      `${REGION_ARN}:express:machine:one:uuid-2`,
    ]);
  });

  test.each([
    [{}, "ValidationException"],
    [{ stateMachineArn: "machine" }, "InvalidArn"],
    [{ stateMachineArn: `${REGION_ARN}:execution:machine:one` }, "InvalidArn"],
    [{ stateMachineArn: `${REGION_ARN}:stateMachine:none` }, "StateMachineDoesNotExist"],
    [{ stateMachineArn: MACHINE, name: "a b" }, "InvalidName"],
    [{ stateMachineArn: MACHINE, name: "a:b" }, "InvalidName"],
    [{ stateMachineArn: MACHINE, name: "" }, "ValidationException"],
    [{ stateMachineArn: MACHINE, name: "x".repeat(81) }, "ValidationException"],
    [{ stateMachineArn: MACHINE, input: "not JSON" }, "InvalidExecutionInput"],
    [{ stateMachineArn: MACHINE, input: "" }, "InvalidExecutionInput"],
    [
      { stateMachineArn: MACHINE, input: JSON.stringify("x".repeat(262_144)) },
      "ValidationException",
    ],
    [{ stateMachineArn: MACHINE, input: {} }, "SerializationException"],
  ])("rejects %j with %s", async (input, code) => {
    await expect(engineOf({ A: pass() }).call("StartExecution", input)).rejects.toMatchObject({
      code,
    });
  });
});

describe("DescribeExecution", () => {
  test("describes a running execution, and its success", async () => {
    const { clock, describe: describeExecution, start } = engineOf(wait(10));
    await start({ x: 1 }, "one");
    const running = {
      executionArn,
      stateMachineArn: MACHINE,
      name: "one",
      status: "RUNNING",
      startDate: NOW,
      input: '{"x":1}',
      inputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: "NOT_REDRIVABLE",
      redriveStatusReason: "Execution is RUNNING and cannot be redriven",
    };
    expect(await describeExecution(executionArn)).toEqual(running);
    await clock.advance(10);

    expect(await describeExecution(executionArn)).toEqual({
      ...running,
      status: "SUCCEEDED",
      stopDate: NOW + 10,
      output: '{"x":1}',
      outputDetails: { included: true },
      redriveStatusReason: "Execution is SUCCEEDED and cannot be redriven",
    });
  });

  test("has the error and cause of a failure", async () => {
    const { describe: describeExecution, start } = engineOf({
      A: { Type: "Fail", Error: "E", Cause: "C" },
    });
    const arn = await start();
    await settled();

    expect(await describeExecution(arn)).toMatchObject({
      status: "FAILED",
      error: "E",
      cause: "C",
    });
  });

  test("has no error of a timeout of the state machine, which is in the history", async () => {
    const {
      clock,
      describe: describeExecution,
      history,
      start,
    } = engineOf(wait(25), { timeout: 3 });
    const arn = await start();
    await clock.advance(30);
    const execution = await describeExecution(arn);
    const events = await history(arn);

    expect(execution).toMatchObject({ status: "TIMED_OUT", stopDate: NOW + 3 });
    expect(execution).not.toHaveProperty("error");
    expect(typesOf(events)).toEqual(["ExecutionStarted", "WaitStateEntered", "ExecutionTimedOut"]);
    expect(events[2]).toMatchObject({ executionTimedOutEventDetails: { error: "States.Timeout" } });
  });

  test("an express execution ends after 5 minutes, and is not described", async () => {
    const { call, clock, ended, start } = engineOf(wait(301), { type: "EXPRESS" });
    const arn = await start();
    await clock.advance(299.9);
    expect(ended).toEqual([]);
    await clock.advance(0.1);

    expect(resultOf(ended[0])).toEqual({ status: "TIMED_OUT" });
    await expect(call("DescribeExecution", { executionArn: arn })).rejects.toMatchObject({
      code: "InvalidArn",
      message: "Invalid Arn: 'Resource type not valid in this context: express'",
    });
  });

  test.each(["DescribeExecution", "StopExecution", "GetExecutionHistory", "ListMapRuns"])(
    "%s rejects an execution that does not exist",
    async (operation) => {
      const { call } = engineOf({ A: pass() });

      await expect(call(operation, { executionArn })).rejects.toMatchObject({
        code: "ExecutionDoesNotExist",
      });
      await expect(call(operation, { executionArn: "one" })).rejects.toMatchObject({
        code: "InvalidArn",
      });
    },
  );
});

test("DescribeStateMachine returns the definition as it was given", async () => {
  const { call } = engineOf({ A: pass() });

  expect(await call("DescribeStateMachine", { stateMachineArn: MACHINE })).toEqual({
    stateMachineArn: MACHINE,
    name: "machine",
    status: "ACTIVE",
    type: "STANDARD",
    roleArn: ROLE,
    definition:
      '{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}',
    creationDate: NOW,
    loggingConfiguration: { level: "OFF", includeExecutionData: false },
    tracingConfiguration: { enabled: false },
  });
});

test("rejects an unknown operation", async () => {
  await expect(engineOf({ A: pass() }).call("SendTaskSuccess", {})).rejects.toMatchObject({
    code: "UnknownOperationException",
    message: "The operation SendTaskSuccess is not supported by this server.",
  });
});

test("a running execution continues with the definition that it started with", async () => {
  const { clock, ended, engine, start } = engineOf({
    A: { Type: "Wait", Seconds: 1, Next: "B" },
    B: pass({ Output: "old" }),
  });
  await start();
  const definition = {
    StartAt: "A",
    States: { A: { ...pass({ Output: "new" }), QueryLanguage: "JSONata" } },
  };
  engine.define({
    name: "machine",
    arn: MACHINE,
    roleArn: ROLE,
    definition: JSON.stringify(definition),
  });
  await start();
  await clock.advance(1);

  expect(ended.map(({ output }) => output)).toEqual(['"new"', '"old"']);
});

test("close ends timers and tasks, and leaves executions as they are", async () => {
  const { clock, describe: describeExecution, engine, start } = engineOf(wait(10), { timeout: 20 });
  const arn = await start();
  engine.close();
  await clock.advance(60);

  expect(clock.pending).toBe(0);
  expect(await describeExecution(arn)).toMatchObject({ status: "RUNNING" });
});
