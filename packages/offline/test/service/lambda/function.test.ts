import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod";

import { type FunctionSettings, LambdaFunction } from "../../../src/service/lambda/function.ts";
import type { Outcome } from "../../../src/service/lambda/runtime-api.ts";
import { Worker } from "../../../src/service/lambda/worker.ts";
import { alive } from "../../../src/ground/process.ts";
import { type Host, openHost } from "./host.ts";

let host: Host;
beforeAll(async () => {
  host = await openHost();
});
afterAll(() => host.close());
afterEach(() => {
  host.lines.splice(0);
  host.failures.splice(0);
});

/** Starts a function with this code and no environment variables. */
function functionOf(code: string, settings: Partial<FunctionSettings> = {}): LambdaFunction {
  host.bundle(code);
  const fn = new LambdaFunction(
    { name: "fn", arn: "arn:fn", timeoutSeconds: 20, env: {}, concurrency: 1, ...settings },
    host.build,
    host,
  );
  onTestFinished(() => fn.close());
  return fn;
}

const payloadOf = (outcome: Outcome): unknown => {
  if (!outcome.ok) throw new Error(outcome.error);
  return JSON.parse(outcome.payload);
};
const errorOf = (outcome: Outcome) => (outcome.ok ? outcome : outcome.error);
const call = async (fn: LambdaFunction, event: unknown) => fn.invoke(JSON.stringify(event));

/** The form of a name of Lambda. */
const LOG_STREAM = /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/;

describe("an invocation", () => {
  test("returns the result of the handler, which gets the documented context", async () => {
    const fn = functionOf(
      `export const handler = async (event, context) => ({
        event, arn: context.invokedFunctionArn, id: context.awsRequestId,
        log: [context.logGroupName, context.logStreamName],
        left: context.getRemainingTimeInMillis(),
      });`,
      { env: { AWS_LAMBDA_LOG_GROUP_NAME: "/app/fn" } },
    );

    expect(payloadOf(await call(fn, { text: "日\u2028" }))).toEqual({
      event: { text: "日\u2028" },
      arn: "arn:fn",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      log: ["/app/fn", expect.stringMatching(LOG_STREAM)],
      left: expect.toSatisfy((left: number) => left > 0 && left <= 20_000),
    });
  });

  test("returns null if the handler returns nothing", async () => {
    expect(payloadOf(await call(functionOf("export const handler = async () => {};"), 0))).toBe(
      null,
    );
  });

  test("that throws fails with its stack trace, and its worker keeps running", async () => {
    const fn = functionOf(
      `let calls = 0;
       export const handler = async (event) => {
         calls += 1;
         if (event.fail) throw new TypeError("no good");
         return calls;
       };`,
    );

    const error = errorOf(await call(fn, { fail: true }));
    expect(error).toMatch(/TypeError: no good\n\s+at .*bundle\.mjs:4/);
    expect(host.failures).toEqual([error]);
    expect(payloadOf(await call(fn, {}))).toBe(2);
  });

  test("that exceeds its timeout fails, and its worker ends", async () => {
    const fn = functionOf(
      `let calls = 0;
       export const handler = async (event) => {
         calls += 1;
         if (event.hang) for (;;);
         return calls;
       };`,
      { timeoutSeconds: 1 },
    );

    expect(errorOf(await call(fn, { hang: true }))).toBe("Task timed out after 1.00 seconds");
    expect(payloadOf(await call(fn, {}))).toBe(1);
  });

  test("that ends its process fails, and the next one has a new process", async () => {
    const fn = functionOf(
      `export const handler = async (event) => { if (event.exit) process.exit(7); return "alive"; };`,
    );

    expect(errorOf(await call(fn, { exit: true }))).toBe("the runtime exited with code 7");
    expect(payloadOf(await call(fn, {}))).toBe("alive");
  });

  test("with a larger response than Lambda accepts fails, and says so", async () => {
    const fn = functionOf(`export const handler = async (size) => "x".repeat(size);`);

    expect(errorOf(await call(fn, 6_291_555))).toContain("larger than 6291556 bytes");
    expect(payloadOf(await call(fn, 6_291_554))).toHaveLength(6_291_554);
  });

  test("of a closed function fails at once", async () => {
    const fn = functionOf(`export const handler = async () => 1;`);
    fn.close();

    expect(await call(fn, {})).toEqual({ ok: false, error: "the stack is stopping" });
  });
});

describe("a handler that cannot be loaded", () => {
  test("fails the waiting invocations with its error", async () => {
    const fn = functionOf(`throw new Error("no config");`, { concurrency: 1 });

    const outcomes = await Promise.all([call(fn, 1), call(fn, 2)]);
    for (const outcome of outcomes) expect(errorOf(outcome)).toMatch(/^Error: no config\n/);
  });

  test("is loaded again for the next invocation", async () => {
    const fn = functionOf(`throw new Error("no config");`);
    await call(fn, {});
    host.bundle(`export const handler = async () => "fixed";`);

    expect(payloadOf(await call(fn, {}))).toBe("fixed");
  });

  test("is named in the error if the module does not export it", async () => {
    expect(errorOf(await call(functionOf(`export const other = 1;`), {}))).toContain("other");
  });

  test("that never finishes loading fails after a time limit", async () => {
    host.bundle(`setInterval(() => {}, 1000); await new Promise(() => {});`);
    const error = await new Promise((resolve) => {
      new Worker({
        ...host,
        env: {},
        initSeconds: 0.2,
        onReady: () => resolve("ready"),
        onExit: resolve,
      });
    });

    expect(error).toBe("the handler was not loaded within 0.2 seconds");
  });
});

describe("concurrency", () => {
  const Result = z.object({ pid: z.number(), alone: z.boolean() });
  // An invocation continues when as many have started as can run at the same time.
  const TOGETHER = `
    import fs from "node:fs";
    let running = 0;
    export const handler = async ({ id, folder, together }) => {
      running += 1;
      fs.writeFileSync(folder + "/" + id, "");
      while (fs.readdirSync(folder).length < together) await new Promise((r) => setTimeout(r, 5));
      const alone = running === 1;
      running -= 1;
      return { pid: process.pid, alone };
    };`;

  test("each worker runs one invocation at a time, and all workers run at the same time", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "together-"));
    onTestFinished(() => fs.rmSync(folder, { recursive: true }));
    const fn = functionOf(TOGETHER, { concurrency: 3 });

    const outcomes = await Promise.all(
      Array.from({ length: 9 }, (_, id) => call(fn, { id, folder, together: 3 })),
    );
    const results = outcomes.map((outcome) => Result.parse(payloadOf(outcome)));

    expect(results.every(({ alone }) => alone)).toBe(true);
    expect(new Set(results.map(({ pid }) => pid)).size).toBe(3);
  });

  test("reports each printed line with the id of its request", async () => {
    const fn = functionOf(
      `export const handler = async (_, { awsRequestId }) => {
         console.log("to stdout"); console.error("to stderr");
         return awsRequestId;
       };`,
    );

    const requestId = payloadOf(await call(fn, {}));
    await expect.poll(() => host.lines.length, { timeout: 10_000 }).toBe(2);
    expect(host.lines.toSorted((a, b) => (a.line < b.line ? 1 : -1))).toEqual([
      { line: "to stdout", requestId },
      { line: "to stderr", requestId },
    ]);
  });
});

test("reports an unhandled rejection after the end of its invocation", async () => {
  const fn = functionOf(
    `export const handler = async (late) => {
       if (late) setTimeout(() => Promise.reject(new Error("too late")), 20);
       return "done";
     };`,
  );

  expect(payloadOf(await call(fn, true))).toBe("done");
  await expect
    .poll(() => host.lines.map(({ line }) => line), { timeout: 10_000 })
    .toContainEqual(expect.stringContaining("too late"));
  expect(payloadOf(await call(fn, false))).toBe("done");
});

describe("after a new build", () => {
  const returning = (text: string) => `
    export const handler = async (event) => {
      if (event.slow) { console.log("begun"); await new Promise((r) => setTimeout(r, 300)); }
      return ${JSON.stringify(text)};
    };`;

  test("a running invocation finishes with the old code, and the next one has the new code", async () => {
    const fn = functionOf(returning("old"));
    const slow = call(fn, { slow: true });
    await expect.poll(() => host.lines.length, { timeout: 10_000 }).toBe(1);

    host.bundle(returning("new"));
    fn.reload();

    expect(payloadOf(await call(fn, {}))).toBe("new");
    expect(payloadOf(await slow)).toBe("old");
  });

  test("the idle workers of the old build end", async () => {
    const fn = functionOf(`export const handler = async () => process.pid;`);
    const pid = Number(payloadOf(await call(fn, {})));
    fn.reload();

    await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(false);
  });
});

describe("a worker that is killed", () => {
  test("fails its invocation, and another worker runs the waiting one", async () => {
    const fn = functionOf(
      `export const handler = async (event) => {
         if (event.hang) { console.log("begun"); await new Promise((r) => setTimeout(r, 60000)); }
         return "answer";
       };`,
    );
    const killed = call(fn, { hang: true });
    const waiting = call(fn, {});
    await expect.poll(() => host.lines.length, { timeout: 10_000 }).toBe(1);

    expect(fn.killWorkers("one")).toBe(1);
    expect(errorOf(await killed)).toBe("the runtime exited with SIGKILL");
    expect(payloadOf(await waiting)).toBe("answer");
  });

  test("while it loads is replaced, and no invocation fails", async () => {
    const fn = functionOf(`export const handler = async () => "answer";`);
    const waiting = call(fn, {});

    expect(fn.killWorkers()).toBe(1);
    expect(payloadOf(await waiting)).toBe("answer");
  });
});

test("a function has only the environment variables that it was given", async () => {
  process.env["SECRET_OF_THE_PARENT"] = "x";
  onTestFinished(() => {
    delete process.env["SECRET_OF_THE_PARENT"];
  });
  const fn = functionOf(`export const handler = async () => process.env;`, {
    env: { GIVEN: "1", AWS_REGION: "eu-west-1" },
  });

  expect(payloadOf(await call(fn, {}))).toEqual({
    GIVEN: "1",
    AWS_REGION: "eu-west-1",
    AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(LOG_STREAM),
    AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/^127\.0\.0\.1:\d+\/_runtime\/[0-9a-f]{32}$/),
  });
});
