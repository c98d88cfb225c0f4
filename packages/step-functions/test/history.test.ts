import { describe, expect, test } from "vitest";

import { TaskError } from "../src/task.ts";
import { engineOf, pass, type Options, type States, task } from "./fixture.ts";
import { settled } from "./test-clock.ts";

/** Returns the events of an execution, each as `<id> after <previous id>: <type>`. */
async function eventsOf(states: States, input: unknown = {}, options: Options = {}) {
  const started = engineOf(states, options);
  const arn = await started.start(input);
  await settled();
  const events = await started.history(arn);
  return {
    ...started,
    arn,
    events,
    lines: events.map(({ id, previousEventId, type }) => `${id} after ${previousEventId}: ${type}`),
  };
}

const inline = (states: States) => ({
  Type: "Map",
  ItemProcessor: { StartAt: Object.keys(states)[0], States: states },
  End: true,
});
const failing = () => {
  throw new TaskError("Custom", "why");
};

// The orders and ids are those that LocalStack's tests recorded on AWS:
// https://github.com/localstack/localstack, tests/aws/services/stepfunctions/v2.
describe("GetExecutionHistory", () => {
  test("has the events of a task with their details", async () => {
    const states = { A: task({ Arguments: { x: 1 }, TimeoutSeconds: 5, Assign: { y: 2 } }) };
    const { events, lines } = await eventsOf(states, {}, { invoke: () => 3 });
    const names = { resource: "invoke", resourceType: "lambda" };
    const truncated = { truncated: false };

    expect(lines).toEqual([
      "1 after 0: ExecutionStarted",
      "2 after 0: TaskStateEntered",
      "3 after 2: TaskScheduled",
      "4 after 3: TaskStarted",
      "5 after 4: TaskSucceeded",
      "6 after 5: TaskStateExited",
      "7 after 6: ExecutionSucceeded",
    ]);
    expect(events).toMatchObject([
      { timestamp: 1_767_225_600, executionStartedEventDetails: { input: "{}" } },
      { stateEnteredEventDetails: { name: "A", input: "{}", inputDetails: truncated } },
      {
        taskScheduledEventDetails: {
          ...names,
          region: "us-east-1",
          parameters: '{"x":1}',
          timeoutInSeconds: 5,
        },
      },
      { taskStartedEventDetails: names },
      { taskSucceededEventDetails: { ...names, output: "3", outputDetails: truncated } },
      { stateExitedEventDetails: { name: "A", output: "3", assignedVariables: { y: "2" } } },
      { executionSucceededEventDetails: { output: "3", outputDetails: truncated } },
    ]);
  });

  test("has a failed task and its catcher", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], Next: "B" }];
    const { lines, events } = await eventsOf(
      { A: task({ Catch }), B: pass() },
      {},
      { invoke: failing },
    );

    expect(lines.slice(4)).toEqual([
      "5 after 4: TaskFailed",
      "6 after 5: TaskStateExited",
      "7 after 6: PassStateEntered",
      "8 after 7: PassStateExited",
      "9 after 8: ExecutionSucceeded",
    ]);
    expect(events[4]).toMatchObject({ taskFailedEventDetails: { error: "Custom", cause: "why" } });
  });

  test("has a failed evaluation", async () => {
    const { lines, events } = await eventsOf({ A: pass({ Output: { x: "{% $none %}" } }) });
    const failure = {
      error: "States.QueryEvaluationError",
      cause:
        "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '$none' specified for the field 'Output/x' returned nothing (undefined).",
    };

    expect(lines.slice(2)).toEqual(["3 after 2: EvaluationFailed", "4 after 3: ExecutionFailed"]);
    expect(events[2]?.["evaluationFailedEventDetails"]).toEqual({
      state: "A",
      location: "Output/x",
      ...failure,
    });
    expect(events[3]?.["executionFailedEventDetails"]).toEqual(failure);
  });

  test("has the iterations of an inline Map state", async () => {
    const { lines, events } = await eventsOf({ M: inline({ B: pass() }) }, ["item-0"]);

    expect(lines.slice(1)).toEqual([
      "2 after 0: MapStateEntered",
      "3 after 2: MapStateStarted",
      "4 after 3: MapIterationStarted",
      "5 after 4: PassStateEntered",
      "6 after 5: PassStateExited",
      "7 after 6: MapIterationSucceeded",
      "8 after 7: MapStateSucceeded",
      "9 after 7: MapStateExited",
      "10 after 9: ExecutionSucceeded",
    ]);
    expect(events[2]).toMatchObject({ mapStateStartedEventDetails: { length: 1 } });
    expect(events[3]).toMatchObject({ mapIterationStartedEventDetails: { index: 0, name: "M" } });
  });

  test("has a failed iteration, and aborted ones", async () => {
    const invoke = (args: unknown) => (args === 0 ? failing() : new Promise(() => {}));
    const { lines } = await eventsOf({ M: inline({ B: task() }) }, [0, 1], { invoke });

    expect(lines.slice(-6).map((line) => line.split(": ")[1])).toEqual([
      "TaskFailed",
      "MapIterationFailed",
      "TaskStateAborted",
      "MapIterationAborted",
      "MapStateFailed",
      "ExecutionFailed",
    ]);
  });

  test("has a failed Map state with a Fail state", async () => {
    const states = { M: inline({ B: { Type: "Fail", Error: "Custom" } }) };
    const { lines } = await eventsOf(states, [1]);

    expect(lines.slice(3)).toEqual([
      "4 after 3: MapIterationStarted",
      "5 after 4: FailStateEntered",
      "6 after 5: MapIterationFailed",
      "7 after 5: MapStateFailed",
      "8 after 7: ExecutionFailed",
    ]);
  });

  test("has the branches of a Parallel state", async () => {
    const branch = { StartAt: "B", States: { B: pass() } };
    const { lines } = await eventsOf({ P: { Type: "Parallel", Branches: [branch], End: true } });

    expect(lines.slice(1)).toEqual([
      "2 after 0: ParallelStateEntered",
      "3 after 2: ParallelStateStarted",
      "4 after 3: PassStateEntered",
      "5 after 4: PassStateExited",
      "6 after 5: ParallelStateSucceeded",
      "7 after 5: ParallelStateExited",
      "8 after 7: ExecutionSucceeded",
    ]);
  });

  test("has the map run of a distributed Map state, and not its children's events", async () => {
    const M = inline({ B: pass() });
    const ProcessorConfig = { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" };
    const states = { M: { ...M, ItemProcessor: { ...M.ItemProcessor, ProcessorConfig } } };
    const { lines } = await eventsOf(states, [0]);

    expect(lines.slice(2)).toEqual([
      "3 after 2: MapStateStarted",
      "4 after 3: MapRunStarted",
      "5 after 4: MapRunSucceeded",
      "6 after 5: MapStateSucceeded",
      "7 after 5: MapStateExited",
      "8 after 7: ExecutionSucceeded",
    ]);
  });

  test("pages, forward and in reverse", async () => {
    const { arn: executionArn, call } = await eventsOf({ A: pass() });
    const idsOf = (output: Record<string, unknown>) =>
      (output["events"] as { id: number }[]).map(({ id }) => id);
    const pages = async (reverseOrder: boolean) => {
      const input = { executionArn, reverseOrder, maxResults: 3 };
      const first = await call("GetExecutionHistory", input);
      const { nextToken } = first;
      const second = await call("GetExecutionHistory", { ...input, nextToken });
      return [idsOf(first), idsOf(second), second["nextToken"]];
    };

    expect(await pages(false)).toEqual([[1, 2, 3], [4], undefined]);
    expect(await pages(true)).toEqual([[4, 3, 2], [1], undefined]);
  });

  test("leaves out data without includeExecutionData", async () => {
    const { arn: executionArn, call } = await eventsOf({ A: pass() }, { secret: 1 });
    const output = await call("GetExecutionHistory", { executionArn, includeExecutionData: false });

    expect(JSON.stringify(output)).not.toContain("secret");
    expect(output).toMatchObject({
      events: [{}, { stateEnteredEventDetails: { name: "A" } }, {}, {}],
    });
  });

  test("a loop fails with the event 25,000", async () => {
    const states = {
      A: { Type: "Pass", Next: "B" },
      B: { Type: "Choice", Choices: [{ Condition: false, Next: "C" }], Default: "A" },
      C: pass(),
    };
    const { arn: executionArn, call } = await eventsOf(states);
    const input = { executionArn, reverseOrder: true, maxResults: 1 };
    const cause = "The execution reached the maximum number of history events (25000).";

    expect(await call("GetExecutionHistory", input)).toMatchObject({
      events: [
        {
          id: 25_000,
          previousEventId: 24_999,
          type: "ExecutionFailed",
          executionFailedEventDetails: { error: "States.Runtime", cause },
        },
      ],
    });
    expect(await call("DescribeExecution", { executionArn })).toMatchObject({
      status: "FAILED",
      cause,
    });
  });
});
