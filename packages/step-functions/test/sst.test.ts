import { expect, test } from "vitest";

import { StepFunctions } from "../src/step-functions.ts";
import { MACHINE, resultOf, ROLE } from "./fixture.ts";
import { TestClock } from "./test-clock.ts";

/** What SST 3.19.3 writes for a chain of all the states that `sst.aws.StepFunctions` has. */
const definition = {
  StartAt: "Inline",
  States: {
    Inline: {
      Type: "Map",
      Items: "{% $states.input.items %}",
      ItemProcessor: {
        ProcessorConfig: {
          Mode: "INLINE",
        },
        StartAt: "W1",
        States: {
          W1: {
            Type: "Task",
            QueryLanguage: "JSONata",
            Output: "{% $states.result.Payload %}",
            End: true,
            Retry: [
              {
                ErrorEquals: ["States.ALL"],
                IntervalSeconds: 1,
                MaxAttempts: 3,
                BackoffRate: 2,
                MaxDelaySeconds: 10,
                JitterStrategy: "FULL",
              },
            ],
            Resource: "arn:aws:states:::lambda:invoke",
            Arguments: {
              FunctionName: "arn:aws:lambda:us-east-1:000000000000:function:work",
              Payload: {
                item: "{% $states.input %}",
              },
            },
          },
        },
      },
      MaxConcurrency: 2,
      QueryLanguage: "JSONata",
      Assign: {
        total: "{% $sum($states.result) %}",
      },
      Next: "Dist",
    },
    Dist: {
      Type: "Map",
      Items: [1, 2],
      ItemSelector: {
        i: "{% $states.context.Map.Item.Index %}",
      },
      ItemProcessor: {
        ProcessorConfig: {
          Mode: "DISTRIBUTED",
          ExecutionType: "EXPRESS",
        },
        StartAt: "W2",
        States: {
          W2: {
            Type: "Task",
            QueryLanguage: "JSONata",
            Output: "{% $states.result.Payload %}",
            End: true,
            Retry: [
              {
                ErrorEquals: ["States.ALL"],
                IntervalSeconds: 1,
                MaxAttempts: 3,
                BackoffRate: 2,
                MaxDelaySeconds: 10,
                JitterStrategy: "FULL",
              },
            ],
            Resource: "arn:aws:states:::lambda:invoke",
            Arguments: {
              FunctionName: "arn:aws:lambda:us-east-1:000000000000:function:work",
              Payload: {
                item: "{% $states.input %}",
              },
            },
          },
        },
      },
      QueryLanguage: "JSONata",
      Next: "Par",
      Catch: [
        {
          ErrorEquals: ["States.ALL"],
          Next: "Bad",
        },
      ],
    },
    Par: {
      Type: "Parallel",
      Branches: [
        {
          StartAt: "P1",
          States: {
            P1: {
              Type: "Pass",
              QueryLanguage: "JSONata",
              End: true,
            },
          },
        },
        {
          StartAt: "P2",
          States: {
            P2: {
              Type: "Wait",
              Seconds: 1,
              QueryLanguage: "JSONata",
              End: true,
            },
          },
        },
      ],
      QueryLanguage: "JSONata",
      Next: "Choice",
    },
    Choice: {
      Type: "Choice",
      Choices: [
        {
          Condition: "{% $total > 3 %}",
          Next: "Done",
        },
      ],
      Default: "Bad",
      QueryLanguage: "JSONata",
    },
    Bad: {
      Type: "Fail",
      Error: "Custom",
      Cause: "{% $states.input.Error %}",
      QueryLanguage: "JSONata",
    },
    Done: {
      Type: "Succeed",
      QueryLanguage: "JSONata",
      Output: {
        total: "{% $total %}",
        all: "{% $states.input %}",
      },
    },
  },
};

test("runs a definition of SST's component", async () => {
  const clock = new TestClock();
  const ended = Promise.withResolvers<Parameters<typeof resultOf>[0]>();
  const engine = new StepFunctions({
    clock,
    tasks: {
      supports: (resource) => resource === "arn:aws:states:::lambda:invoke",
      async invoke(_resource, args) {
        const { Payload } = args as { Payload: { item: unknown } };
        return { ExecutedVersion: "$LATEST", Payload: Payload.item, StatusCode: 200 };
      },
    },
    stateMachines: [
      { name: "machine", arn: MACHINE, definition: JSON.stringify(definition), roleArn: ROLE },
    ],
    onExecutionEnd: ended.resolve,
  });
  const input = { stateMachineArn: MACHINE, input: '{"items":[1,2,3]}' };
  await engine.handle({ operation: "StartExecution", input });
  await clock.advance(1);
  const items = [{ i: 0 }, { i: 1 }];

  expect(resultOf(await ended.promise)).toEqual({
    status: "SUCCEEDED",
    output: { total: 6, all: [items, items] },
  });
});
