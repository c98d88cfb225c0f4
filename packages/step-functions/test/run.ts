import { type EngineOptions, type Execution, StepFunctions } from "../src/index.ts";

export const ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:test";
export const INVOKE = "arn:aws:states:::lambda:invoke";

/** A clock that is always at the end of the longest wait so far. */
export function fastClock() {
  let now = Date.parse("2026-11-27T00:00:00Z");
  const waits: number[] = [];
  return {
    waits,
    clock: {
      now: () => new Date(now),
      wait: async (milliseconds: number, signal: AbortSignal) => {
        signal.throwIfAborted();
        waits.push(milliseconds);
        now += milliseconds;
      },
      random: () => 0.5,
    },
  };
}

/** Runs a machine of these states, the first of which is its start, to its end. */
export async function run(
  states: Readonly<Record<string, object>>,
  input: unknown = {},
  options: Partial<EngineOptions> = {},
): Promise<Execution> {
  const engine = new StepFunctions({
    resources: [INVOKE],
    invoke: async ({ args }) => args,
    ...options,
  });
  const definition = JSON.stringify({
    QueryLanguage: "JSONata",
    StartAt: Object.keys(states)[0],
    States: states,
  });
  engine.define({ name: "test", arn: ARN, roleArn: "role", definition });
  const execution = engine.start(ARN, JSON.stringify(input), "one");
  await engine.settled(execution.arn);
  return execution;
}

/** The output of a machine. Throws if it failed. */
export async function outputOf(...args: Parameters<typeof run>): Promise<unknown> {
  const { output, error, cause } = await run(...args);
  if (output === undefined) throw new Error(`${error}: ${cause}`);
  return JSON.parse(output);
}
