import { describe, expect, test } from "vitest";

import { TaskError } from "../src/task.ts";
import { engineOf, pass, resultOf, run, task } from "./fixture.ts";

const succeeded = (output: unknown) => ({ status: "SUCCEEDED", output });

describe("Amazon States Language: Pass state", () => {
  test("passes its input to its output", async () => {
    expect(await run({ A: pass() }, { x: 1 })).toEqual(succeeded({ x: 1 }));
  });

  test("evaluates expressions in Output at any depth, and keeps other text", async () => {
    const Output = { a: ["{% $states.input.x + 1 %}", " {% 1 %} ", null], b: { c: "{% 'd' %}" } };

    expect(await run({ A: pass({ Output }) }, { x: 1 })).toEqual(
      succeeded({ a: [2, " {% 1 %} ", null], b: { c: "d" } }),
    );
  });

  test.each([null, 0, 0.1, true, "text", []])("returns the literal Output %j", async (Output) => {
    expect(await run({ A: pass({ Output }) })).toEqual(succeeded(Output));
  });
});

describe("Amazon States Language: Succeed and Fail states", () => {
  test("Succeed ends the execution with its Output", async () => {
    const states = { A: { Type: "Succeed", Output: "{% $states.input.x %}" } };

    expect(await run(states, { x: [1] })).toEqual(succeeded([1]));
  });

  test("Fail evaluates Error and Cause", async () => {
    const states = { A: { Type: "Fail", Error: "{% $states.input.e %}", Cause: "a reason" } };

    expect(await run(states, { e: "Custom" })).toEqual({
      status: "FAILED",
      error: "Custom",
      cause: "a reason",
    });
  });

  test("Fail needs neither Error nor Cause", async () => {
    expect(await run({ A: { Type: "Fail" } })).toEqual({ status: "FAILED" });
  });
});

describe("Amazon States Language: Choice state", () => {
  const states = {
    A: {
      Type: "Choice",
      Choices: [
        { Condition: "{% $states.input.n > 10 %}", Next: "Big", Output: "big" },
        { Condition: "{% $states.input.n > 1 %}", Next: "Middle" },
      ],
      Default: "Small",
      Output: "small",
    },
    Big: pass(),
    Middle: pass({ Output: "{% $states.input %}" }),
    Small: pass(),
  };

  test("takes the first rule that matches, and its Output", async () => {
    expect(await run(states, { n: 11 })).toEqual(succeeded("big"));
  });

  test("passes its input if the rule has no Output", async () => {
    expect(await run(states, { n: 2 })).toEqual(succeeded({ n: 2 }));
  });

  test("uses its own Output for the default", async () => {
    expect(await run(states, { n: 0 })).toEqual(succeeded("small"));
  });

  test("fails with States.NoChoiceMatched without a default", async () => {
    const Choices = [{ Condition: "{% false %}", Next: "B" }];

    expect(await run({ A: { Type: "Choice", Choices }, B: pass() })).toMatchObject({
      status: "FAILED",
      error: "States.NoChoiceMatched",
    });
  });

  test("fails if a condition is not a boolean", async () => {
    const Choices = [{ Condition: "{% 1 %}", Next: "B" }];

    expect(await run({ A: { Type: "Choice", Choices }, B: pass() })).toMatchObject({
      error: "States.QueryEvaluationError",
      cause:
        "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '1' specified for the field 'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for value: 1",
    });
  });
});

describe("Amazon States Language: Wait state", () => {
  const waiting = async (fields: object, input: unknown, seconds: number) => {
    const { clock, ended, start } = engineOf({ A: { Type: "Wait", End: true, ...fields } });
    await start(input);
    await clock.advance(seconds - 0.001);
    const before = ended.length;
    await clock.advance(0.001);
    return { before, result: resultOf(ended[0]) };
  };

  test.each([
    [{ Seconds: 10 }, {}, 10],
    [{ Seconds: "{% $states.input.s %}" }, { s: 5 }, 5],
    [{ Timestamp: "2026-01-01T00:01:00Z" }, {}, 60],
    [{ Timestamp: "{% $states.input.t %}" }, { t: "2026-01-01T01:00:30.5+01:00" }, 30.5],
  ])("waits for %j", async (fields, input, seconds) => {
    expect(await waiting(fields, input, seconds)).toEqual({ before: 0, result: succeeded(input) });
  });

  test.each([{ Seconds: 0 }, { Timestamp: "2025-12-31T23:59:59Z" }])(
    "does not wait for %j",
    async (fields) => {
      expect(await run({ A: { Type: "Wait", End: true, ...fields } })).toEqual(succeeded({}));
    },
  );

  test.each(["2016-12-05 21:29:29Z", "2016-12-05T21:29:29", "2016-13-05T21:29:29Z"])(
    "fails for the timestamp %s",
    async (t) => {
      const states = { A: { Type: "Wait", End: true, Timestamp: "{% $states.input.t %}" } };

      expect(await run(states, { t })).toMatchObject({
        error: "States.QueryEvaluationError",
        cause: `An error occurred while executing the state 'A' (entered at the event id #2). The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${t}`,
      });
    },
  );

  test("fails for seconds that are not an integer", async () => {
    const states = { A: { Type: "Wait", End: true, Seconds: "{% 1.5 %}" } };

    expect(await run(states)).toMatchObject({ error: "States.QueryEvaluationError" });
  });
});

describe("Amazon States Language: Task state", () => {
  test("invokes with its Arguments and returns the result", async () => {
    const calls: unknown[] = [];
    const states = { A: task({ Arguments: { Payload: { id: "{% $states.input.id %}" } } }) };
    const invoke = (args: unknown, { roleArn }: { roleArn: string }, resource: string) => {
      calls.push({ args, roleArn, resource });
      return { ExecutedVersion: "$LATEST", Payload: 2, StatusCode: 200 };
    };

    expect(await run(states, { id: 7 }, { invoke })).toEqual(
      succeeded({ ExecutedVersion: "$LATEST", Payload: 2, StatusCode: 200 }),
    );
    expect(calls).toEqual([
      {
        args: { Payload: { id: 7 } },
        roleArn: "arn:aws:iam::000000000000:role/machine",
        resource: "arn:aws:states:::lambda:invoke",
      },
    ]);
  });

  test("passes its input if there are no Arguments", async () => {
    expect(await run({ A: task() }, { x: 1 })).toEqual(succeeded({ x: 1 }));
  });

  test("reads the result and the input in Output", async () => {
    const states = { A: task({ Output: "{% [$states.input.x, $states.result.Payload] %}" }) };

    expect(await run(states, { x: 1 }, { invoke: () => ({ Payload: 2 }) })).toEqual(
      succeeded([1, 2]),
    );
  });

  test("uses the role of its Credentials", async () => {
    const states = { A: task({ Credentials: { RoleArn: "{% $states.input.role %}" } }) };
    const invoke = (_: unknown, { roleArn }: { roleArn: string }) => roleArn;

    expect(await run(states, { role: "arn:other" }, { invoke })).toEqual(succeeded("arn:other"));
  });

  test("fails with the error and cause of the port", async () => {
    const invoke = () => {
      throw new TaskError("TypeError", '{"errorType":"TypeError"}');
    };

    expect(await run({ A: task() }, {}, { invoke })).toEqual({
      status: "FAILED",
      error: "TypeError",
      cause: '{"errorType":"TypeError"}',
    });
  });

  test("fails with States.TaskFailed for any other rejection of the port", async () => {
    const invoke = () => {
      throw new Error("no connection");
    };

    expect(await run({ A: task() }, {}, { invoke })).toEqual({
      status: "FAILED",
      error: "States.TaskFailed",
      cause: "no connection",
    });
  });

  test("times out after TimeoutSeconds and aborts the task", async () => {
    let signal: AbortSignal | undefined;
    const states = { A: task({ TimeoutSeconds: "{% $states.input.s %}" }) };
    const invoke = (_: unknown, context: { signal: AbortSignal }) => {
      ({ signal } = context);
      return new Promise(() => {});
    };
    const { clock, ended, start } = engineOf(states, { invoke });
    await start({ s: 3 });
    await clock.advance(2.999);
    expect(ended).toEqual([]);
    await clock.advance(0.001);

    expect(resultOf(ended[0])).toEqual({ status: "FAILED", error: "States.Timeout" });
    expect(signal?.aborted).toBe(true);
  });

  test("leaves no timer of a task that ends before its timeout", async () => {
    const { clock, start } = engineOf({ A: task({ TimeoutSeconds: 3 }) });
    await start();
    await clock.advance(1);

    expect(clock.pending).toBe(0);
  });
});
