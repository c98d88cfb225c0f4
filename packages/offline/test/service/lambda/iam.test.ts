import { expect, test } from "vitest";

import { functionUrlNeeds } from "../../../src/service/lambda/iam.ts";

const arn = "arn:aws:lambda:us-east-1:111122223333:function:api";

test("a call of a function URL needs both actions to invoke the function", () => {
  expect(functionUrlNeeds(arn, "AWS_IAM")).toStrictEqual({
    ok: true,
    requirements: [
      {
        action: "lambda:InvokeFunctionUrl",
        resource: arn,
        context: { "lambda:FunctionUrlAuthType": "AWS_IAM", "lambda:FunctionArn": arn },
      },
      {
        action: "lambda:InvokeFunction",
        resource: arn,
        context: { "lambda:InvokedViaFunctionUrl": "true" },
      },
    ],
  });
});

test("a call of a function URL without authentication needs no permission", () => {
  expect(functionUrlNeeds(arn, "NONE")).toStrictEqual({ ok: true, requirements: [] });
});
