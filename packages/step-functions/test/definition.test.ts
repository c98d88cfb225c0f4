import { describe, expect, test } from "vitest";

import { StepFunctionsError } from "../src/error.ts";
import { engineOf, type Options, pass, type States, task } from "./fixture.ts";

const PREFIX =
  "State machine machine: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: ";

/** Returns the message of the error for a definition, without the text around it. */
function problem(states: States, options: Options = {}): string | undefined {
  try {
    engineOf(states, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof StepFunctionsError) || error.code !== "InvalidDefinition") throw error;
    return error.message.startsWith(PREFIX)
      ? error.message.slice(PREFIX.length, -1)
      : error.message;
  }
}

const graph = (states: States) => ({ StartAt: Object.keys(states)[0], States: states });
const map = (states: States, ProcessorConfig?: object) => ({
  Type: "Map",
  ItemProcessor: {
    ...graph(states),
    ...(ProcessorConfig === undefined ? {} : { ProcessorConfig }),
  },
  End: true,
});
const DISTRIBUTED = { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" };

test("explains the field that SST writes the timeout of a task to", () => {
  expect(problem({ A: task({ Timeout: 10 }) })).toBe(
    "Field 'Timeout' is not supported. Step Functions calls it 'TimeoutSeconds'. SST writes the argument 'timeout' of a task to 'Timeout' (https://github.com/anomalyco/sst/issues/6747): remove the argument at /States/A/Timeout",
  );
});

describe("rejects a definition with", () => {
  test.each<[string, States, string]>([
    ["an unknown field", { A: pass({ Foo: 1 }) }, "Field 'Foo' is not supported at /States/A/Foo"],
    [
      "a field of JSONPath",
      { A: task({ Parameters: {} }) },
      "Field 'Parameters' is not supported at /States/A/Parameters",
    ],
    [
      "an unknown type",
      { A: { Type: "Jump" } },
      "The field 'Type' should have one of these values: [Task, Map, Parallel, Choice, Wait, Pass, Succeed, Fail] at /States/A/Type",
    ],
    [
      "a field that this server lacks",
      { A: task({ HeartbeatSeconds: 1 }) },
      "Field 'HeartbeatSeconds' is not supported by this server at /States/A/HeartbeatSeconds",
    ],
    [
      "another query language",
      { A: pass({ QueryLanguage: "JSONPath" }) },
      "Only the query language JSONata is supported by this server at /States/A/QueryLanguage",
    ],
    [
      "an unsupported resource",
      { A: task({ Resource: "arn:aws:states:::sns:publish" }) },
      "The resource 'arn:aws:states:::sns:publish' is not supported by this server at /States/A/Resource",
    ],
    [
      "no Resource",
      { A: { Type: "Task", End: true } },
      "These fields are required: [Resource] at /States/A",
    ],
    [
      "neither Next nor End",
      { A: { Type: "Pass" } },
      "Exactly one of the fields Next and End is required at /States/A",
    ],
    [
      "both Next and End",
      { A: pass({ Next: "A" }) },
      "Exactly one of the fields Next and End is required at /States/A",
    ],
    [
      "a missing target",
      { A: { Type: "Pass", Next: "B" } },
      "Missing 'Next' target: B at /States/A/Next",
    ],
    [
      "a state that is not reachable",
      { A: pass(), B: pass() },
      'State "B" is not reachable at /States/B',
    ],
    [
      "a wrong type of a field",
      { A: { Type: "Wait", Seconds: "10", End: true } },
      "Field 'Seconds' must be an integer from 0 to 99999999 or a JSONata expression at /States/A/Seconds",
    ],
    [
      "two times to wait",
      { A: { Type: "Wait", Seconds: 1, Timestamp: "{% 't' %}", End: true } },
      "Exactly one of the fields Seconds and Timestamp is required at /States/A",
    ],
    [
      "an invalid timestamp",
      { A: { Type: "Wait", Timestamp: "tomorrow", End: true } },
      "Field 'Timestamp' must be an ISO-8601 date-time at /States/A/Timestamp",
    ],
    [
      "no branch",
      { A: { Type: "Parallel", Branches: [], End: true } },
      "Field 'Branches' must be a non-empty array at /States/A/Branches",
    ],
    [
      "the same name in a branch",
      { A: { Type: "Parallel", Branches: [graph({ A: pass() })], End: true } },
      "Duplicate state name 'A' at /States/A/Branches[0]/States/A",
    ],
    [
      "an invalid retrier",
      { A: task({ Retry: [{ ErrorEquals: ["X"], BackoffRate: 0.5 }] }) },
      "Field 'BackoffRate' must be a number of at least 1.0 at /States/A/Retry[0]/BackoffRate",
    ],
    [
      "States.ALL before another retrier",
      { A: task({ Retry: [{ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["X"] }] }) },
      "States.ALL must be alone in the last item of Retry at /States/A/Retry[0]/ErrorEquals",
    ],
    [
      "a distributed map without ExecutionType",
      { A: map({ B: pass() }, { Mode: "DISTRIBUTED" }) },
      "These fields are required: [ExecutionType] at /States/A/ItemProcessor/ProcessorConfig",
    ],
    [
      "a distributed map in EXPRESS children",
      { A: map({ B: map({ C: pass() }, DISTRIBUTED) }, DISTRIBUTED) },
      "Express state machine does not support the mode DISTRIBUTED at /States/A/ItemProcessor/States/B/ItemProcessor/ProcessorConfig",
    ],
    [
      "the variable $states",
      { A: pass({ Assign: { states: 1 } }) },
      "The variable $states is reserved at /States/A/Assign",
    ],
    [
      "an invalid name of a variable",
      { A: pass({ Assign: { "a-b": 1 } }) },
      "The variable name 'a-b' must be an identifier of at most 80 characters at /States/A/Assign",
    ],
  ])("%s", (_, states, expected) => {
    expect(problem(states)).toBe(expected);
  });

  test("a syntax error in an expression", () => {
    expect(problem({ A: pass({ Output: { x: ["{% 1 + %}"] } }) })).toMatch(
      /^The JSONata expression '1 \+' has a syntax error: .* at \/States\/A\/Output\/x\[0\]$/,
    );
  });

  test("an assignment to a variable of an outer scope", () => {
    const inner = graph({ B: pass({ Assign: { x: 2 } }) });
    const states = (config: object) => ({
      A: { Type: "Pass", Assign: { x: 1 }, Next: "M" },
      M: { Type: "Map", ItemProcessor: { ...inner, ProcessorConfig: config }, End: true },
    });

    expect(problem(states({ Mode: "INLINE" }))).toBe(
      "The variable 'x' belongs to an outer scope and cannot be assigned here at /States/M/ItemProcessor/States/B/Assign",
    );
    expect(problem(states(DISTRIBUTED))).toBeUndefined();
  });

  test("a distributed map in an EXPRESS state machine", () => {
    expect(problem({ A: map({ B: pass() }, DISTRIBUTED) }, { type: "EXPRESS" })).toContain(
      "Express state machine does not support the mode DISTRIBUTED",
    );
  });
});

test("rejects text that is not JSON, and an ARN that is not one of a state machine", () => {
  const { engine } = engineOf({ A: pass() });
  const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:other";
  const machine = { name: "other", arn, definition: "{", roleArn: "arn:role" };

  expect(() => engine.define(machine)).toThrow("The definition is not JSON");
  expect(() => engine.define({ ...machine, arn: "other" })).toThrow(
    "Invalid Arn: 'Invalid ARN prefix: other'",
  );
});

test("accepts JSONata of each state without the one of the state machine, as SST writes it", () => {
  const { engine } = engineOf({ A: pass() });
  const definition = { StartAt: "A", States: { A: { ...pass(), QueryLanguage: "JSONata" } } };
  const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:other";

  engine.define({
    name: "other",
    arn,
    definition: JSON.stringify(definition),
    roleArn: "arn:role",
  });
  expect(() =>
    engine.define({
      name: "other",
      arn,
      definition: JSON.stringify({ StartAt: "A", States: { A: pass() } }),
      roleArn: "arn:role",
    }),
  ).toThrow("Only the query language JSONata is supported");
});
