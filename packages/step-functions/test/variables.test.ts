import { describe, expect, test } from "vitest";

import { engineOf, MACHINE, pass, resultOf, ROLE, run, type States, task } from "./fixture.ts";

const inJsonata = (states: States) =>
  Object.fromEntries(
    Object.entries(states).map(([name, state]) => [name, { ...state, QueryLanguage: "JSONata" }]),
  );
const graph = (states: States) => ({
  StartAt: Object.keys(states)[0],
  States: inJsonata(states),
});
const next = (state: object, Next: string) => ({ ...state, Next, End: undefined });

describe("Developer guide, Passing data between states with variables", () => {
  test("later states read a variable, also after its state's output is gone", async () => {
    const states = {
      A: next(pass({ Assign: { x: "{% $states.input.n %}", list: [1, "{% 2 %}"] } }), "B"),
      B: next(pass({ Output: null }), "C"),
      C: pass({ Output: "{% [$x, $list[1]] %}" }),
    };

    expect(await run(states, { n: 5 })).toEqual({ status: "SUCCEEDED", output: [5, 2] });
  });

  test("Assign and Output read the values before the assignment", async () => {
    const states = {
      A: next(pass({ Assign: { x: 1, y: 2 } }), "B"),
      B: next(pass({ Assign: { x: "{% $y %}", y: "{% $x %}" }, Output: "{% $x %}" }), "C"),
      C: pass({ Output: "{% [$states.input, $x, $y] %}" }),
    };

    expect(await run(states)).toEqual({ status: "SUCCEEDED", output: [1, 2, 1] });
  });

  test("a Choice state assigns in the rule that matches, or itself for the default", async () => {
    const states = {
      A: {
        Type: "Choice",
        Choices: [{ Condition: "{% $states.input = 1 %}", Next: "B", Assign: { x: "rule" } }],
        Default: "B",
        Assign: { x: "default" },
      },
      B: pass({ Output: "{% $x %}" }),
    };

    expect(await run(states, 1)).toMatchObject({ output: "rule" });
    expect(await run(states, 2)).toMatchObject({ output: "default" });
  });

  test("a Wait state and a Task state assign variables", async () => {
    const states = {
      A: { Type: "Wait", Seconds: 0, Assign: { x: 1 }, Next: "B" },
      B: next(task({ Assign: { y: "{% $states.result.z %}" } }), "C"),
      C: pass({ Output: "{% $x + $y %}" }),
    };

    expect(await run(states, { z: 2 })).toMatchObject({ output: 3 });
  });

  test("branches and inline iterations read variables of outer scopes", async () => {
    const inner = { B: pass({ Output: "{% $x %}" }) };
    const states = {
      A: next(pass({ Assign: { x: 1 } }), "P"),
      P: { Type: "Parallel", Branches: [graph(inner)], Next: "M" },
      M: {
        Type: "Map",
        ItemProcessor: graph({ C: pass({ Output: "{% $x + $states.input %}" }) }),
        End: true,
      },
    };

    expect(await run(states)).toEqual({ status: "SUCCEEDED", output: [2] });
  });

  test("each iteration has variables of its own, which end with it", async () => {
    const iteration = graph({
      B: next(pass({ Assign: { y: "{% $states.input %}" } }), "C"),
      C: pass({ Output: "{% $y %}" }),
    });
    const states = {
      M: { Type: "Map", ItemProcessor: iteration, Next: "D" },
      D: pass({ Output: { results: "{% $states.input %}", y: "{% $exists($y) %}" } }),
    };

    expect(await run(states, [1, 2])).toEqual({
      status: "SUCCEEDED",
      output: { results: [1, 2], y: false },
    });
  });

  test("children of a distributed Map state do not see outer variables", async () => {
    const ItemProcessor = {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
      ...graph({ B: pass({ Output: "{% $exists($x) %}" }) }),
    };
    const states = {
      A: next(pass({ Assign: { x: 1 } }), "M"),
      M: { Type: "Map", Items: [1], ItemProcessor, ItemSelector: "{% $x %}", End: true },
    };

    expect(await run(states)).toEqual({ status: "SUCCEEDED", output: [false] });
  });

  test("a failed attempt assigns nothing", async () => {
    const Catch = [{ ErrorEquals: ["States.ALL"], Next: "B" }];
    const states = {
      A: task({ Assign: { x: 1 }, Output: "{% $none %}", Catch }),
      B: pass({ Output: "{% $exists($x) %}" }),
    };

    expect(await run(states)).toMatchObject({ output: false });
  });
});

test("the context object has the members of the developer guide", async () => {
  const states = { A: pass({ Output: "{% $states.context %}" }) };
  const { clock, ended, start } = engineOf(states);
  const arn = await start({ x: 1 }, "run");
  await clock.advance(0);
  const time = "2026-01-01T00:00:00.000Z";

  expect(resultOf(ended[0]).output).toEqual({
    Execution: {
      Id: arn,
      Input: { x: 1 },
      Name: "run",
      RoleArn: ROLE,
      StartTime: time,
      RedriveCount: 0,
    },
    StateMachine: { Id: MACHINE, Name: "machine" },
    State: { Name: "A", EnteredTime: time, RetryCount: 0 },
  });
});
