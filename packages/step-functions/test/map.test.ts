import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { TaskError } from "../src/task.ts";
import { engineOf, MACHINE, pass, resultOf, run, type States, task } from "./fixture.ts";
import { settled } from "./test-clock.ts";

const inJsonata = (states: States) =>
  Object.fromEntries(
    Object.entries(states).map(([name, state]) => [name, { ...state, QueryLanguage: "JSONata" }]),
  );

const processor = (states: States, type?: "STANDARD" | "EXPRESS") => ({
  ProcessorConfig:
    type === undefined ? { Mode: "INLINE" } : { Mode: "DISTRIBUTED", ExecutionType: type },
  StartAt: Object.keys(states)[0],
  States: inJsonata(states),
});

const map = (states: States, fields: object = {}, type?: "STANDARD" | "EXPRESS") => ({
  Type: "Map",
  ItemProcessor: processor(states, type),
  End: true,
  ...fields,
});

const failing = () => {
  throw new TaskError("Custom", "why");
};

const MODES = [undefined, "STANDARD", "EXPRESS"] as const;

describe.each(MODES)("Amazon States Language: Map state, mode %s", (type) => {
  test("processes the items of its input in order", async () => {
    const states = { M: map({ B: pass({ Output: "{% $states.input * 2 %}" }) }, {}, type) };

    expect(await run(states, [1, 2, 3])).toEqual({ status: "SUCCEEDED", output: [2, 4, 6] });
  });

  test("returns an empty array for no items", async () => {
    expect(await run({ M: map({ B: pass() }, {}, type) }, [])).toEqual({
      status: "SUCCEEDED",
      output: [],
    });
  });

  test("takes Items, and selects the input of each with ItemSelector", async () => {
    const fields = {
      Items: "{% $states.input.list %}",
      ItemSelector: {
        index: "{% $states.context.Map.Item.Index %}",
        value: "{% $states.context.Map.Item.Value %}",
        of: "{% $states.input.of %}",
      },
      Output: "{% $states.result[0] %}",
    };

    expect(await run({ M: map({ B: pass() }, fields, type) }, { list: ["a"], of: 7 })).toEqual({
      status: "SUCCEEDED",
      output: { index: 0, value: "a", of: 7 },
    });
  });

  test("fails if Items is not an array", async () => {
    expect(await run({ M: map({ B: pass() }, { Items: "{% 1 %}" }, type) })).toEqual({
      status: "FAILED",
      error: "States.QueryEvaluationError",
      cause:
        "An error occurred while executing the state 'M' (entered at the event id #2). The JSONata expression '1' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was 'number' for value: 1",
    });
  });

  test("fails if its input is not an array", async () => {
    expect(await run({ M: map({ B: pass() }, {}, type) }, "text")).toMatchObject({
      error: "States.QueryEvaluationError",
      cause: expect.stringContaining('Map state input must be an array but was: "text"'),
    });
  });

  test("never has more children than MaxConcurrency, and keeps the order of results", async () => {
    const scene = fc.record({
      delays: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 12 }),
      concurrency: fc.integer({ min: 0, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ delays, concurrency }) => {
        let running = 0;
        let most = 0;
        const invoke = async (args: unknown) => {
          running += 1;
          most = Math.max(most, running);
          await new Promise<void>((resolve) => {
            clock.schedule(clock.now() + 1000 * (args as { delay: number }).delay, resolve);
          });
          running -= 1;
          return args;
        };
        const fields = {
          MaxConcurrency: "{% $states.input.concurrency %}",
          Items: "{% $states.input.items %}",
        };
        const states = { M: map({ B: task() }, fields, type) };
        const { clock, ended, start } = engineOf(states, { invoke });
        const items = delays.map((delay, id) => ({ id, delay }));
        await start({ items, concurrency });
        await clock.advance(100);

        expect(resultOf(ended[0])).toEqual({ status: "SUCCEEDED", output: items });
        expect(most).toBe(concurrency === 0 ? items.length : Math.min(concurrency, items.length));
      }),
      { numRuns: 50 },
    );
  });

  test("aborts the other children when one fails", async () => {
    const signals: AbortSignal[] = [];
    const invoke = (args: unknown, { signal }: { signal: AbortSignal }) => {
      signals.push(signal);
      return args === 1 ? failing() : new Promise(() => {});
    };
    const states = { M: map({ B: task() }, { MaxConcurrency: 2 }, type) };

    expect(await run(states, [0, 1, 2], { invoke })).toMatchObject({ status: "FAILED" });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });
});

describe("Developer guide, Map state in Inline mode", () => {
  test("fails with the error of the child", async () => {
    expect(await run({ M: map({ B: task() }) }, [1], { invoke: failing })).toEqual({
      status: "FAILED",
      error: "Custom",
      cause: "why",
    });
  });

  test("catches the error of a child", async () => {
    const Catch = [{ ErrorEquals: ["Custom"], Next: "C" }];
    const states = { M: map({ B: task() }, { Catch }), C: pass() };

    expect(await run(states, [1], { invoke: failing })).toEqual({
      status: "SUCCEEDED",
      output: { Error: "Custom", Cause: "why" },
    });
  });

  test("gives the states of an iteration its item", async () => {
    const Output = "{% $states.context.Map.Item.Index %}";

    expect(await run({ M: map({ B: pass({ Output }) }) }, ["a", "b"])).toEqual({
      status: "SUCCEEDED",
      output: [0, 1],
    });
  });

  test("has at most 40 iterations at once", async () => {
    let running = 0;
    const invoke = () => {
      running += 1;
      return new Promise(() => {});
    };
    const { engine, start } = engineOf({ M: map({ B: task() }) }, { invoke });
    await start(Array.from({ length: 100 }, (_, index) => index));
    await settled();

    expect(running).toBe(40);
    engine.close();
  });
});

describe.each(["STANDARD", "EXPRESS"] as const)(
  "Developer guide, Map state in Distributed mode with %s children",
  (type) => {
    test("fails with States.ExceedToleratedFailureThreshold", async () => {
      expect(await run({ M: map({ B: task() }, {}, type) }, [1], { invoke: failing })).toEqual({
        status: "FAILED",
        error: "States.ExceedToleratedFailureThreshold",
        cause: "The specified tolerated failure threshold was exceeded",
      });
    });

    test("runs each item in an execution of its own", async () => {
      const Output =
        "{% $states.context.Execution.Id & ' of ' & $states.context.StateMachine.Id %}";
      const kind = type === "STANDARD" ? "execution" : "express";
      const id = `${MACHINE.replace("stateMachine", kind)}/M`;

      expect(await run({ M: map({ B: pass({ Output }) }, {}, type) }, [1])).toEqual({
        status: "SUCCEEDED",
        output: [expect.stringMatching(`^${id}:uuid-\\d of ${MACHINE}/M$`)],
      });
    });
  },
);

test("ends EXPRESS children after 5 minutes", async () => {
  const states = { M: map({ B: { Type: "Wait", Seconds: 301, End: true } }, {}, "EXPRESS") };
  const { call, clock, ended, start } = engineOf(states);
  const executionArn = await start([1]);
  await clock.advance(299);
  expect(ended).toEqual([]);
  await clock.advance(1);

  expect(resultOf(ended[0])).toMatchObject({ error: "States.ExceedToleratedFailureThreshold" });
  const { mapRuns } = await call("ListMapRuns", { executionArn });
  const [{ mapRunArn }] = mapRuns as [{ mapRunArn: string }];
  expect(await call("DescribeMapRun", { mapRunArn })).toMatchObject({
    status: "FAILED",
    itemCounts: { timedOut: 1, total: 1 },
  });
});

describe("Amazon States Language: Parallel state", () => {
  const branch = (states: States) => ({
    StartAt: Object.keys(states)[0],
    States: inJsonata(states),
  });
  const parallel = (branches: States[], fields: object = {}) => ({
    Type: "Parallel",
    Branches: branches.map(branch),
    End: true,
    ...fields,
  });

  test("gives all branches its input, and returns their outputs in order", async () => {
    const waiting = { Type: "Wait", Seconds: 5, Next: "W2" };
    const states = {
      P: parallel([{ W: waiting, W2: pass({ Output: "first" }) }, { B: pass() }]),
    };
    const { clock, ended, start } = engineOf(states);
    await start({ x: 1 });
    await clock.advance(5);

    expect(resultOf(ended[0])).toEqual({ status: "SUCCEEDED", output: ["first", { x: 1 }] });
  });

  test("gives the branches its Arguments", async () => {
    const states = { P: parallel([{ B: pass() }], { Arguments: { y: "{% $states.input.x %}" } }) };

    expect(await run(states, { x: 1 })).toEqual({ status: "SUCCEEDED", output: [{ y: 1 }] });
  });

  test("fails with the error of a branch and aborts the others", async () => {
    let signal: AbortSignal | undefined;
    const invoke = (_: unknown, context: { signal: AbortSignal }) => {
      ({ signal } = context);
      return new Promise(() => {});
    };
    const states = {
      P: parallel([{ B: task() }, { C: { Type: "Fail", Error: "Custom" } }]),
    };

    expect(await run(states, {}, { invoke })).toEqual({ status: "FAILED", error: "Custom" });
    expect(signal?.aborted).toBe(true);
  });
});
