import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { StateError } from "../src/index.ts";
import { mapItems } from "../src/map.ts";
import { fastClock, INVOKE, outputOf, run } from "./run.ts";

const END = { End: true };
const task = (more: object = {}) => ({ Type: "Task", Resource: INVOKE, ...END, ...more });

describe("data", () => {
  test("a Pass state passes its input, or what its output says", async () => {
    expect(await outputOf({ A: { Type: "Pass", ...END } }, { a: 1 })).toEqual({ a: 1 });
    const Output = { total: "{% $sum($states.input.parts) %}", text: "plain" };
    expect(await outputOf({ A: { Type: "Pass", Output, ...END } }, { parts: [1, 2] })).toEqual({
      total: 3,
      text: "plain",
    });
  });

  test("an array of one element stays an array", async () => {
    const Output = "{% $states.input.open %}";
    expect(await outputOf({ A: { Type: "Pass", Output, ...END } }, { open: ["0"] })).toEqual(["0"]);
  });

  test("a task gets its arguments, and its output sees the result", async () => {
    const A = task({
      Arguments: { Payload: { n: "{% $states.input.n + 1 %}" } },
      Output: "{% $states.result.Payload.n %}",
    });
    expect(await outputOf({ A }, { n: 1 })).toBe(2);
  });

  test("variables are assigned after a state, from the values before it", async () => {
    const A = { Type: "Pass", Assign: { x: 1, y: "{% $states.input.n %}" }, Next: "B" };
    const B = { Type: "Pass", Assign: { x: "{% $y %}", y: "{% $x %}" }, Next: "C" };
    const C = { Type: "Pass", Output: "{% [$x, $y] %}", ...END };
    expect(await outputOf({ A, B, C }, { n: 2 })).toEqual([2, 1]);
  });

  test("the context names the execution, the state and its retries", async () => {
    const Output = "{% $states.context.(Execution.Name & State.Name & StateMachine.Name) %}";
    expect(await outputOf({ A: { Type: "Pass", Output, ...END } })).toBe("oneAtest");
  });

  test.each([
    ["$partition([1,2,3], 2)", [[1, 2], [3]]],
    ["$range(1, 7, 3)", [1, 4, 7]],
    ["$parse('{\"a\":[1]}').a", [1]],
    ["$hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"],
  ])("%s is a function of Step Functions", async (expression, expected) => {
    const Output = `{% ${expression} %}`;
    expect(await outputOf({ A: { Type: "Pass", Output, ...END } })).toEqual(expected);
  });

  test.each(["$states.input.none", "$eval('1')"])(
    "the expression %s is an error",
    async (expression) => {
      const execution = await run({ A: { Type: "Pass", Output: `{% ${expression} %}`, ...END } });
      expect(execution).toMatchObject({
        status: "FAILED",
        error: "States.QueryEvaluationError",
      });
    },
  );

  test("data of more than 256 KiB is an error that States.ALL does not catch", async () => {
    const A = task({ Catch: [{ ErrorEquals: ["States.ALL"], Next: "B" }], End: true });
    const states = { A, B: { Type: "Succeed" } };
    const invoke = () => Promise.resolve("x".repeat(256 * 1024));
    expect(await run(states, {}, { invoke })).toMatchObject({
      status: "FAILED",
      error: "States.DataLimitExceeded",
    });
  });
});

describe("choices, waits and ends", () => {
  const choices = {
    A: {
      Type: "Choice",
      Choices: [{ Condition: "{% $states.input.n > 1 %}", Next: "Many" }],
      Default: "Few",
    },
    Many: { Type: "Succeed", Output: { is: "many" } },
    Few: { Type: "Fail", Error: "few", Cause: "{% 'n is ' & $states.input.n %}" },
  };

  test("the first condition that is true is taken, otherwise the default", async () => {
    expect(await outputOf(choices, { n: 2 })).toEqual({ is: "many" });
    const failed = await run(choices, { n: 1 });
    expect(failed).toMatchObject({ status: "FAILED", error: "few", cause: "n is 1" });
  });

  test("no condition and no default is an error", async () => {
    const { Default: _, ...A } = choices.A;
    const { Many } = choices;
    expect(await run({ A, Many }, { n: 1 })).toMatchObject({ error: "States.NoChoiceMatched" });
  });

  test("a Wait state waits for seconds or until a time", async () => {
    const { clock, waits } = fastClock();
    const A = { Type: "Wait", Seconds: "{% $states.input.s %}", Next: "B" };
    const B = { Type: "Wait", Timestamp: "2026-11-27T00:01:00Z", ...END };
    await outputOf({ A, B }, { s: 10 }, { clock });
    expect(waits).toEqual([10_000, 50_000]);
  });
});

describe("failures", () => {
  const failing = (...errors: string[]) => {
    let calls = 0;
    return async () => {
      const error = errors[calls++];
      if (error !== undefined) throw new StateError(error, `call ${calls}`);
      return calls;
    };
  };

  test("a retrier waits longer each time, up to its most", async () => {
    const { clock, waits } = fastClock();
    const Retry = [
      {
        ErrorEquals: ["Busy"],
        IntervalSeconds: 2,
        MaxAttempts: 4,
        BackoffRate: 3,
        MaxDelaySeconds: 20,
      },
    ];
    const invoke = failing("Busy", "Busy", "Busy", "Busy");
    expect(await outputOf({ A: task({ Retry }) }, {}, { clock, invoke })).toBe(5);
    expect(waits).toEqual([2000, 6000, 18_000, 20_000]);
  });

  test("each retrier has its own attempts, and the error of the last attempt is that of the state", async () => {
    const { clock, waits } = fastClock();
    const Retry = [
      { ErrorEquals: ["Busy"], MaxAttempts: 1 },
      { ErrorEquals: ["States.ALL"], MaxAttempts: 1, JitterStrategy: "FULL" },
    ];
    const invoke = failing("Busy", "Other", "Busy");
    const execution = await run({ A: task({ Retry }) }, {}, { clock, invoke });
    expect(execution).toMatchObject({ status: "FAILED", error: "Busy", cause: "call 3" });
    expect(waits).toEqual([1000, 500]);
  });

  test("a catcher continues with the error, or with its output", async () => {
    const Catch = [
      { ErrorEquals: ["Busy"], Next: "B" },
      { ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput.Cause %}", Next: "B" },
    ];
    const states = { A: task({ Catch }), B: { Type: "Succeed" } };
    expect(await outputOf(states, {}, { invoke: failing("Busy") })).toEqual({
      Error: "Busy",
      Cause: "call 1",
    });
    expect(await outputOf(states, {}, { invoke: failing("Other") })).toBe("call 1");
  });

  test("a task that takes longer than its time fails, and is told", async () => {
    let told: AbortSignal | undefined;
    const invoke = (_: unknown, signal: AbortSignal) => {
      told = signal;
      return new Promise<never>(() => {});
    };
    const { clock } = fastClock();
    const A = task({ TimeoutSeconds: 3 });
    expect(await run({ A }, {}, { clock, invoke })).toMatchObject({ error: "States.Timeout" });
    expect(told?.aborted).toBe(true);
  });
});

describe("maps", () => {
  const map = (more: object, processor: object = {}) => ({
    Type: "Map",
    Items: "{% $states.input %}",
    ItemProcessor: { StartAt: "I", States: { I: task() }, ...processor },
    ...END,
    ...more,
  });
  const DISTRIBUTED = { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" } };

  test("never run more items at a time than they may, and keep their order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(6), { maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (items, most) => {
          let [running, highest] = [0, 0];
          const work = async (turns: number) => {
            highest = Math.max(highest, ++running);
            for (let turn = 0; turn < turns; turn++) await Promise.resolve();
            running -= 1;
            return turns;
          };
          expect(await mapItems(items, most, new AbortController().signal, work)).toEqual(items);
          expect(highest).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  test("run one item at a time with MaxConcurrency 1", async () => {
    const calls: string[] = [];
    const invoke = async ({ args }: { args: unknown }) => {
      calls.push(`start ${String(args)}`);
      await Promise.resolve();
      calls.push(`end ${String(args)}`);
      return args;
    };
    await outputOf({ A: map({ MaxConcurrency: "{% 1 %}" }) }, [1, 2], { invoke });
    expect(calls).toEqual(["start 1", "end 1", "start 2", "end 2"]);
  });

  test("select the input of each item", async () => {
    const ItemSelector = {
      at: "{% $states.context.Map.Item.Index %}",
      value: "{% $states.context.Map.Item.Value %}",
    };
    expect(await outputOf({ A: map({ ItemSelector }) }, ["a", "b"])).toEqual([
      { at: 0, value: "a" },
      { at: 1, value: "b" },
    ]);
  });

  test("that are inline read outer variables; distributed ones do not", async () => {
    const before = { Type: "Pass", Assign: { x: 7 }, Next: "A" };
    const I = { Type: "Pass", Output: "{% $exists($x) %}", ...END };
    const processor = { States: { I } };
    expect(await outputOf({ before, A: map({}, processor) }, [1])).toEqual([true]);
    const distributed = map({}, { ...processor, ...DISTRIBUTED });
    expect(await outputOf({ before, A: distributed }, [1])).toEqual([false]);
  });

  test("fail with the error of an item, or of the threshold if they are distributed", async () => {
    const invoke = () => Promise.reject(new StateError("Bad", "it is"));
    expect(await run({ A: map({}) }, [1], { invoke })).toMatchObject({ error: "Bad" });
    expect(await run({ A: map({}, DISTRIBUTED) }, [1], { invoke })).toMatchObject({
      error: "States.ExceedToleratedFailureThreshold",
    });
  });

  test("have express children that end after five minutes", async () => {
    const { clock, waits } = fastClock();
    const invoke = () => new Promise<never>(() => {});
    const execution = await run({ A: map({}, DISTRIBUTED) }, [1], { clock, invoke });
    expect(execution.cause).toContain("States.Timeout");
    expect(waits).toEqual([300_000]);
  });

  test("are empty for no items, and fail for something else", async () => {
    expect(await outputOf({ A: map({}) }, [])).toEqual([]);
    expect(await run({ A: map({}) }, { a: 1 })).toMatchObject({
      error: "States.QueryEvaluationError",
    });
  });

  test("Parallel branches have the same input, and their results are in order", async () => {
    const branch = (n: number) => ({
      StartAt: `I${n}`,
      States: { [`I${n}`]: { Type: "Pass", Output: `{% $states.input.n + ${n} %}`, ...END } },
    });
    const A = { Type: "Parallel", Branches: [branch(1), branch(2)], ...END };
    expect(await outputOf({ A }, { n: 1 })).toEqual([2, 3]);
  });
});
