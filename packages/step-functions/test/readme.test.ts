import fs from "node:fs";

import { expect, test } from "vitest";

import { type EndedExecution, StepFunctions, TaskError } from "../src/index.ts";
import { OPERATIONS } from "../src/operations/index.ts";

const readme = fs.readFileSync(new URL("../README.md", import.meta.url), "utf8");

const linesOf = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("import "));

test("the example in the README is that of this file", () => {
  const source = linesOf(fs.readFileSync(new URL(import.meta.url), "utf8")).join("\n");
  const examples = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, code = ""]) => linesOf(code));

  expect(examples).toHaveLength(1);
  for (const example of examples) expect(source).toContain(example.join("\n"));
});

test("the example works", async () => {
  const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:double";
  const definition = {
    QueryLanguage: "JSONata",
    StartAt: "Double",
    States: {
      Double: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke",
        Arguments: { FunctionName: "double", Payload: "{% $states.input %}" },
        Output: "{% $states.result.Payload %}",
        End: true,
      },
    },
  };
  const ended = Promise.withResolvers<EndedExecution>();
  const engine = new StepFunctions({
    tasks: {
      supports: (resource) => resource === "arn:aws:states:::lambda:invoke",
      async invoke(_resource, args) {
        const { Payload } = args as { Payload: unknown };
        if (typeof Payload !== "number")
          throw new TaskError("TypeError", '{"errorType":"TypeError"}');
        return { ExecutedVersion: "$LATEST", Payload: Payload * 2, StatusCode: 200 };
      },
    },
    stateMachines: [
      {
        name: "double",
        arn,
        definition: JSON.stringify(definition),
        roleArn: "arn:aws:iam::000000000000:role/double",
      },
    ],
    onExecutionEnd: ended.resolve,
  });
  const input = { stateMachineArn: arn, input: "21" };
  await engine.handle({ operation: "StartExecution", input });
  const { status, output } = await ended.promise; // "SUCCEEDED", "42"
  engine.close();

  expect({ status, output }).toEqual({ status: "SUCCEEDED", output: "42" });
});

test("the README lists every operation", () => {
  const [section = ""] = readme.split("## Operations\n")[1]?.split("Every other") ?? [];
  const names = [...section.matchAll(/`([A-Z]\w+)`/g)].map(([, name]) => name);

  expect(new Set(names)).toEqual(new Set(OPERATIONS.keys()));
});
