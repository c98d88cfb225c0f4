import { describe, expect, test } from "vitest";

import { matches } from "../src/interpreter/failure.ts";
import { TaskError } from "../src/task.ts";
import { engineOf, pass, resultOf, run, type States, task } from "./fixture.ts";

/** Runs for `seconds` with a task that always fails, and returns the times of its attempts. */
async function attempts(Retry: object[], seconds: number, error = "Custom", random = () => 0.5) {
  const times: number[] = [];
  const states: States = { A: task({ Retry }) };
  const invoke = () => {
    times.push(clock.now() - began);
    throw new TaskError(error, "");
  };
  const { clock, ended, start } = engineOf(states, { invoke, random });
  const began = clock.now();
  await start();
  await clock.advance(seconds);
  return { times: times.map((time) => time / 1000), ended: ended.length };
}

describe("Amazon States Language: Retrying after error", () => {
  test("retries 3 times, after 1, 2 and 4 seconds, by default", async () => {
    expect(await attempts([{ ErrorEquals: ["States.ALL"] }], 10)).toEqual({
      times: [0, 1, 3, 7],
      ended: 1,
    });
  });

  test("retries with the given interval, rate and number", async () => {
    const retrier = {
      ErrorEquals: ["Custom"],
      IntervalSeconds: 3,
      BackoffRate: 1.5,
      MaxAttempts: 2,
    };

    expect(await attempts([retrier], 20)).toEqual({ times: [0, 3, 7.5], ended: 1 });
  });

  test("does not retry with MaxAttempts 0", async () => {
    expect(await attempts([{ ErrorEquals: ["Custom"], MaxAttempts: 0 }], 10)).toEqual({
      times: [0],
      ended: 1,
    });
  });

  test("limits the interval by MaxDelaySeconds", async () => {
    const retrier = { ErrorEquals: ["Custom"], MaxDelaySeconds: 2, MaxAttempts: 4 };

    expect((await attempts([retrier], 20)).times).toEqual([0, 1, 3, 5, 7]);
  });

  test("FULL jitter takes a random part of the interval", async () => {
    const retrier = { ErrorEquals: ["Custom"], JitterStrategy: "FULL" };
    const { times } = await attempts([retrier], 20, "Custom", () => 0.25);

    expect(times).toEqual([0, 0.25, 0.75, 1.75]);
  });

  test("counts the attempts of each retrier", async () => {
    const errors = ["A", "B", "A", "B", "A"];
    const Retry = [
      { ErrorEquals: ["A"], MaxAttempts: 2, BackoffRate: 1 },
      { ErrorEquals: ["B"], MaxAttempts: 5, BackoffRate: 1 },
    ];
    const invoke = () => {
      throw new TaskError(errors.shift() ?? "none", "");
    };
    const { clock, ended, start } = engineOf({ A: task({ Retry }) }, { invoke });
    await start();
    await clock.advance(60);

    expect(errors).toEqual([]);
    expect(resultOf(ended[0])).toMatchObject({ error: "A" });
  });

  test("succeeds when an attempt does, and counts retries in the context", async () => {
    const seen: unknown[] = [];
    const invoke = (args: unknown) => {
      if (seen.push(args) < 3) throw new TaskError("Custom", "");
      return "done";
    };
    const Arguments = { n: "{% $states.context.State.RetryCount %}" };
    const states = { A: task({ Arguments, Retry: [{ ErrorEquals: ["States.ALL"] }] }) };
    const { clock, ended, start } = engineOf(states, { invoke });
    await start();
    await clock.advance(60);

    expect(seen).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    expect(resultOf(ended[0])).toEqual({ status: "SUCCEEDED", output: "done" });
  });

  test("retries a whole Map state", async () => {
    let calls = 0;
    const invoke = () => {
      calls += 1;
      if (calls <= 2) throw new TaskError("Custom", "");
      return calls;
    };
    const map = {
      Type: "Map",
      MaxConcurrency: 1,
      ItemProcessor: { StartAt: "B", States: { B: { ...task(), QueryLanguage: "JSONata" } } },
      Retry: [{ ErrorEquals: ["States.ALL"] }],
      End: true,
    };
    const { clock, ended, start } = engineOf({ A: map }, { invoke });
    await start(["x", "y"]);
    await clock.advance(60);

    expect(resultOf(ended[0])).toEqual({ status: "SUCCEEDED", output: [3, 4] });
  });
});

describe("Developer guide, Handling errors: error names", () => {
  test.each([
    [["Custom"], "Custom", true],
    [["Custom"], "custom", false],
    [["States.ALL"], "Custom", true],
    [["States.ALL"], "States.Timeout", true],
    [["States.ALL"], undefined, true],
    [["States.ALL"], "States.QueryEvaluationError", true],
    [["States.ALL"], "States.DataLimitExceeded", false],
    [["States.DataLimitExceeded"], "States.DataLimitExceeded", true],
    [["States.ALL"], "States.Runtime", false],
    [["States.Runtime"], "States.Runtime", false],
    [["States.TaskFailed"], "Custom", true],
    [["States.TaskFailed"], "States.Timeout", false],
    [["States.TaskFailed", "States.Timeout"], "States.Timeout", true],
  ])("%j matches %s: %j", (names, error, expected) => {
    expect(matches(names, error)).toBe(expected);
  });
});

describe("Amazon States Language: Fallback states", () => {
  const failing = () => {
    throw new TaskError("Custom", "why");
  };

  test("continues with the error output", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], Next: "B" }];
    const states = { A: task({ Catch }), B: pass() };

    expect(await run(states, {}, { invoke: failing })).toEqual({
      status: "SUCCEEDED",
      output: { Error: "Custom", Cause: "why" },
    });
  });

  test("takes the first catcher that matches, with its Output and Assign", async () => {
    const Catch = [
      { ErrorEquals: ["Other"], Next: "C" },
      {
        ErrorEquals: ["Custom"],
        Next: "B",
        Output: { in: "{% $states.input.x %}", error: "{% $states.errorOutput.Error %}" },
        Assign: { cause: "{% $states.errorOutput.Cause %}" },
      },
    ];
    const states = {
      A: task({ Catch, Output: "unused" }),
      B: pass({ Output: "{% [$states.input, $cause] %}" }),
      C: pass(),
    };

    expect(await run(states, { x: 1 }, { invoke: failing })).toEqual({
      status: "SUCCEEDED",
      output: [{ in: 1, error: "Custom" }, "why"],
    });
  });

  test("fails with the error if no catcher matches", async () => {
    const Catch = [{ ErrorEquals: ["Other"], Next: "B" }];

    expect(await run({ A: task({ Catch }), B: pass() }, {}, { invoke: failing })).toEqual({
      status: "FAILED",
      error: "Custom",
      cause: "why",
    });
  });

  test("retries before it catches", async () => {
    let calls = 0;
    const invoke = () => {
      calls += 1;
      return failing();
    };
    const handlers = {
      Retry: [{ ErrorEquals: ["Custom"], MaxAttempts: 2 }],
      Catch: [{ ErrorEquals: ["Custom"], Next: "B" }],
    };
    const { clock, ended, start } = engineOf({ A: task(handlers), B: pass() }, { invoke });
    await start();
    await clock.advance(60);

    expect(calls).toBe(3);
    expect(ended[0]?.status).toBe("SUCCEEDED");
  });

  test("catches a failure to evaluate a field", async () => {
    const Catch = [{ ErrorEquals: ["States.QueryEvaluationError"], Next: "B" }];
    const states = { A: task({ Output: "{% $none %}", Catch }), B: pass() };

    expect(await run(states)).toMatchObject({
      status: "SUCCEEDED",
      output: { Error: "States.QueryEvaluationError" },
    });
  });

  test("catches a timeout of a task", async () => {
    const Catch = [{ ErrorEquals: ["States.Timeout"], Next: "B" }];
    const states = { A: task({ TimeoutSeconds: 1, Catch }), B: pass() };
    const { clock, ended, start } = engineOf(states, { invoke: () => new Promise(() => {}) });
    await start();
    await clock.advance(1);

    expect(resultOf(ended[0])).toEqual({
      status: "SUCCEEDED",
      output: { Error: "States.Timeout" },
    });
  });

  test("catches States.DataLimitExceeded only by its name", async () => {
    const invoke = () => "x".repeat(262_144);
    const caughtBy = (name: string) =>
      run({ A: task({ Catch: [{ ErrorEquals: [name], Next: "B" }] }), B: pass() }, {}, { invoke });
    const cause =
      "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.";

    expect(await caughtBy("States.DataLimitExceeded")).toMatchObject({ status: "SUCCEEDED" });
    expect(await caughtBy("States.ALL")).toEqual({
      status: "FAILED",
      error: "States.DataLimitExceeded",
      cause,
    });
  });
});

test("limits an output to 256 KiB", async () => {
  const Output = "{% $join($map([1..1000], function($i) { $pad('', $states.input.size, 'x') })) %}";
  const outputOf = (size: number) => run({ A: pass({ Output }) }, { size });

  expect(await outputOf(262)).toMatchObject({ status: "SUCCEEDED" });
  expect(await outputOf(263)).toMatchObject({ error: "States.DataLimitExceeded" });
});
